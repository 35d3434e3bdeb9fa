#!lua flags=allow-oom
-- The server's clock was set back: what was due by the earlier clock is due by the present one, and what is pending can be taken over again.
--
-- KEYS  1 the latest time that was seen here   2 retry zset   3 events stream   4 outbox zset   5 zset of the orders with notices
-- ARGV  1 group
-- Reply ms by which the clock was set back, or 0 when another worker was faster

expect_type(KEYS[1], 'string')
expect_type(KEYS[2], 'zset')
expect_type(KEYS[3], 'stream')
expect_type(KEYS[4], 'zset')
expect_type(KEYS[5], 'zset')

local now = now_ms()
local back = (tonumber(redis.call('GET', KEYS[1])) or 0) - now
if back <= 5000 then return 0 end

for _, key in ipairs({ KEYS[2], KEYS[4], KEYS[5] }) do
  local late = redis.call('ZRANGEBYSCORE', key, '(' .. text(now), '(' .. text(PARKED), 'WITHSCORES')
  for i = 1, #late, 2 do
    redis.call('ZADD', key, text(math.max(now, tonumber(late[i + 1]) - back)), late[i])
  end
end
local from = '-'
repeat
  local pending = redis.pcall('XPENDING', KEYS[3], ARGV[1], from, '+', 500)
  if pending.err then break end
  for _, entry in ipairs(pending) do
    redis.call('XCLAIM', KEYS[3], ARGV[1], entry[2], 0, entry[1], 'TIME', text(now), 'JUSTID')
    from = '(' .. entry[1]
  end
until #pending < 500
redis.call('SET', KEYS[1], text(now))
return back
