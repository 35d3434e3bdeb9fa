#!lua flags=allow-oom
-- Records that one of several handlers is done, so that a retry skips it, and renews the lease for the next handler.
--
-- KEYS  1 order hash
-- ARGV  1 fence of the claim   2 handler's name   3 lease, ms
-- Reply 1, or 0 when a later claim took over: stop

expect_type(KEYS[1], 'hash')
local order = redis.call('HMGET', KEYS[1], 'state', 'fence')
if order[1] ~= 'claimed' or order[2] ~= ARGV[1] then return 0 end

local now = now_ms()
redis.call('HSET', KEYS[1], 'done:' .. ARGV[2], now, 'lease_until', now + ARGV[3])
return 1
