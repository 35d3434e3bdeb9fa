#!lua flags=allow-oom
-- Notes that one of several handlers is done, so that a retry skips it, and that the next one is about to be called; renews the lease.
--
-- KEYS  1 order hash
-- ARGV  1 fence of the claim   2 handler's name   3 lease, ms   4 name of the next handler, or ''   5 how long the call took, ms
-- Reply 1, or 0 when a later claim took over, or the order is held: stop. What is done is noted for an order that is held meanwhile.

expect_type(KEYS[1], 'hash')
local order = redis.call('HMGET', KEYS[1], 'state', 'fence', 'called', 'attempts')
if order[2] ~= ARGV[1] or order[1] ~= 'claimed' and order[1] ~= 'needs_review' then return 0 end

local now = now_ms()
redis.call('HSET', KEYS[1], 'done:' .. ARGV[2], now, 'attempts', with_attempt(order[4], now, ARGV[2], 'succeeded', ARGV[5]))
if order[1] ~= 'claimed' then return 0 end

redis.call('HSET', KEYS[1], 'lease_until', now + ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'called', with_called(order[3], ARGV[4])) end
return 1
