#!lua
-- Queues a notice that an operator took out of the dead letters, after the other notices of its order.
--
-- KEYS  1 zset of the orders with notices   2 hash of their notices
-- ARGV  1 order   2 journal entry   3 step
-- Reply 1

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')

local line = ARGV[2] .. ' ' .. ARGV[3] .. ' 0\n'
local stored = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if not string.find('\n' .. stored, '\n' .. line, 1, true) then
  redis.call('HSET', KEYS[2], ARGV[1], stored .. line)
  redis.call('ZADD', KEYS[1], 'NX', text(now_ms()), ARGV[1])
end
return 1
