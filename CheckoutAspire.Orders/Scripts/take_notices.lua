#!lua flags=allow-oom
-- Takes the first notice of each order whose notice is due, and reschedules it. A notice that is not completed by then is taken again.
--
-- KEYS  1 zset of the orders with notices   2 hash of their notices
-- ARGV  1 at most this many   2 delay until the notice is due again, ms
-- Reply {order, notice, …}, each notice as its line: 'journal entry, step, failed attempts'

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')

local now, taken = now_ms(), {}
for _, order in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local line = string.match(redis.call('HGET', KEYS[2], order) or '', '^([^\n]+)\n')
  if line then
    redis.call('ZADD', KEYS[1], text(now + ARGV[2]), order)
    taken[#taken + 1], taken[#taken + 2] = order, line
  else
    redis.call('ZREM', KEYS[1], order)
  end
end
return taken
