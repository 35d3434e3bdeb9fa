#!lua flags=allow-oom
-- Takes session ids whose witness is due and reschedules them. An id that is not completed by then is taken again.
--
-- KEYS  1 outbox zset
-- ARGV  1 at most this many   2 delay until the id is due again, ms
-- Reply the session ids

expect_type(KEYS[1], 'zset')

local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, session in ipairs(due) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], session)
end
return due
