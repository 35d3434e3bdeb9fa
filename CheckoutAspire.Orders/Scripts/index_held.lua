#!lua flags=allow-oom
-- Earlier ledgers kept a held order among the owed ones: moves it into the index of held orders.
--
-- KEYS  1 order hash   2 owed   3 held
-- ARGV  1 session id
-- Reply 1 moved, 0 it is not held, or not among the owed ones

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'zset')
expect_type(KEYS[3], 'zset')

local order, since = redis.call('HMGET', KEYS[1], 'state', 'decision'), redis.call('ZSCORE', KEYS[2], ARGV[1])
if not since or state_of(order[1], order[2]) ~= 'needs_review' then return 0 end
redis.call('ZADD', KEYS[3], 'NX', since, ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
