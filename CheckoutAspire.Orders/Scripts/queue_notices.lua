#!lua flags=allow-oom
-- Queues a notice to the merchant for each journal entry with a step that the merchant subscribes to, in the order of the journal. The first call
-- on a ledger begins at the end of the journal.
--
-- KEYS  1 journal stream   2 cursor: the last journal entry that was read   3 zset of the orders with notices, by when their first one is due, Unix ms
--       4 hash of the notices of each order, a line for each: '1763884800123-0 refunded 0', which is journal entry, step, failed attempts
-- ARGV  1 at most this many journal entries   2 how long the cursor is kept after the last call, ms   3.. the steps
-- Reply how many journal entries were read

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'string')
expect_type(KEYS[3], 'zset')
expect_type(KEYS[4], 'hash')

local cursor = redis.call('GET', KEYS[2])
if not cursor then
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  redis.call('SET', KEYS[2], last and last[1] or '0-0', 'PX', ARGV[2])
  return 0
end

local wanted = {}
for i = 3, #ARGV do wanted[ARGV[i]] = true end
local entries = redis.call('XRANGE', KEYS[1], '(' .. cursor, '+', 'COUNT', ARGV[1])
local now = text(now_ms())
for _, entry in ipairs(entries) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if wanted[fields.what or ''] then
    local order = fields.session
    redis.call('HSET', KEYS[4], order, (redis.call('HGET', KEYS[4], order) or '') .. entry[1] .. ' ' .. fields.what .. ' 0\n')
    redis.call('ZADD', KEYS[3], 'NX', now, order)
  end
end

if #entries > 0 then
  redis.call('SET', KEYS[2], entries[#entries][1], 'PX', ARGV[2])
elseif redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) / 2 then
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return #entries
