#!lua flags=allow-oom
-- Puts entries whose retry is due back into the stream.
--
-- KEYS  1 retry zset   2 events stream
-- ARGV  1 at most this many   2 signal channel
-- Reply {number of entries put back, ms until the next is due, or -1}

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'stream')

local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, member in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', unpack(cmsgpack.unpack(member)))
  redis.call('ZREM', KEYS[1], member)
end
if #due > 0 then redis.call('PUBLISH', ARGV[2], '') end

local following = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { #due, following[2] and math.max(0, tonumber(following[2]) - now) or -1 }
