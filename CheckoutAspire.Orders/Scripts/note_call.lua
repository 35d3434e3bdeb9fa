#!lua flags=allow-oom
-- Notes that a handler is about to be called for a claimed order.
--
-- KEYS  1 order hash
-- ARGV  1 fence of the claim   2 handler's name
-- Reply 1, or 0 when a later claim took over, or the order is held: stop

expect_type(KEYS[1], 'hash')
local order = redis.call('HMGET', KEYS[1], 'state', 'fence', 'called')
if order[1] ~= 'claimed' or order[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'called', with_called(order[3], ARGV[2]))
return 1
