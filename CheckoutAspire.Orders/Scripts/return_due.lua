#!lua flags=allow-oom
-- Puts entries whose retry is due back into the stream.
--
-- KEYS  1 retry zset   2 events stream   3 the latest time that was seen here, Unix ms
-- ARGV  1 at most this many   2 signal channel   3 how many parked entries to put back too
-- Reply {how many were put back, ms until the next is due, or -1, how many are parked, ms by which the server's clock was set back, or 0}

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'stream')
expect_type(KEYS[3], 'string')

local now, count = now_ms(), 0
-- Noted every ten seconds: a clock that is set back by less than five does no harm.
local seen = tonumber(redis.call('GET', KEYS[3])) or 0
local back = seen > now + 5000 and seen - now or 0
if now > seen + 10000 then redis.call('SET', KEYS[3], text(now)) end
local function put_back(members)
  for _, member in ipairs(members) do
    redis.call('XADD', KEYS[2], '*', unpack(cmsgpack.unpack(member)))
    redis.call('ZREM', KEYS[1], member)
    count = count + 1
  end
end

put_back(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1]))
if ARGV[3] ~= '0' then put_back(redis.call('ZRANGEBYSCORE', KEYS[1], text(PARKED), '+inf', 'LIMIT', 0, ARGV[3])) end
if count > 0 then redis.call('PUBLISH', ARGV[2], '') end

local following = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local due = tonumber(following[2])
if not due then return { count, -1, 0, back } end
return { count, due < PARKED and math.max(0, due - now) or -1, redis.call('ZCOUNT', KEYS[1], text(PARKED), '+inf'), back }
