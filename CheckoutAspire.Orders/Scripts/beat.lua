#!lua flags=allow-oom
-- A worker is alive; which ones are not?
--
-- KEYS  1 zset of the workers by when they were last alive, Unix ms
-- ARGV  1 this worker   2 ms after which a worker has died   3 ms after which it is forgotten
-- Reply the names of the workers that have died and are not forgotten

expect_type(KEYS[1], 'zset')
local now = now_ms()
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - ARGV[3]))
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now - ARGV[2]))
