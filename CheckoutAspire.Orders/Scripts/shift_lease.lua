#!lua flags=allow-oom
-- The server's clock was set back: the lease of a claimed order ends that much earlier. A worker that is alive renews it.
--
-- KEYS  1 order hash
-- ARGV  1 ms by which the clock was set back
-- Reply 1 shifted, 0 it has no lease that is to come

expect_type(KEYS[1], 'hash')
local order = redis.call('HMGET', KEYS[1], 'state', 'lease_until')
local until_ms = tonumber(order[2])
if order[1] ~= 'claimed' or not until_ms or until_ms <= now_ms() then return 0 end
redis.call('HSET', KEYS[1], 'lease_until', text(until_ms - ARGV[1]))
return 1
