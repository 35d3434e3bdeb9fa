#!lua flags=allow-oom
-- Settles the first notice of an order: it was sent, it is tried again later, or it goes to the dead letters after the last attempt. The order's next notice
-- is then due. A failed notice stays the first one.
--
-- KEYS  1 zset of the orders with notices   2 hash of their notices   3 dead stream
-- ARGV  1 order   2 journal entry of the notice   3 sent | postponed (which is not an attempt) | failed | dead
--       4 delay until it is tried again, ms   5 why, without any content of the notice
-- Reply 1, or 0 if this notice is not the order's first one any more

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')
expect_type(KEYS[3], 'stream')

local first, rest = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '', '^([^\n]+)\n(.*)$')
local entry, what, attempts = string.match(first or '', '^(%S+) (%S+) (%d+)$')
if entry ~= ARGV[2] then return 0 end

local now = now_ms()
if ARGV[3] == 'postponed' or ARGV[3] == 'failed' then
  attempts = tonumber(attempts) + (ARGV[3] == 'failed' and 1 or 0)
  redis.call('HSET', KEYS[2], ARGV[1], entry .. ' ' .. what .. ' ' .. text(attempts) .. '\n' .. rest)
  redis.call('ZADD', KEYS[1], text(now + ARGV[4]), ARGV[1])
  return 1
end

if ARGV[3] == 'dead' then
  redis.call('XADD', KEYS[3], '*', 'id', entry, 'type', 'checkout_aspire.notice.' .. what, 'object', ARGV[1], 'livemode', '0', 'traceparent', '',
    'received_at', text(now), 'body', '{}', 'reason', ARGV[5], 'attempts', text(tonumber(attempts) + 1))
end
if rest == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], rest)
  redis.call('ZADD', KEYS[1], text(now), ARGV[1])
end
return 1
