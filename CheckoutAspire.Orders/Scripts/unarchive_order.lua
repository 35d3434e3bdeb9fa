#!lua flags=allow-oom
-- Brings an order back from the archive, as it was, and removes its tombstone.
--
-- KEYS  1-9 the order's ledger keys   10 hash of the partition's tombstones   11 the set of the order's tombstone
--       12 zset of the renewals of the order's subscription   13.. the zsets that list the order
-- ARGV  1 session id   2 the tombstone   3 how many sets of tombstones the caller knows   4 when the order was recorded, Unix ms
--       5 how many of the following belong to renewals   6.. seconds, invoice, …, then field, value, …
-- Reply {'returned'}   {'known'}: Redis has the order   {'layout', how many sets there are}

local keys = ledger_keys()
expect_type(keys.order, 'hash')
expect_type(KEYS[10], 'hash')
expect_type(KEYS[11], 'set')
for i = 12, #KEYS do expect_type(KEYS[i], 'zset') end
local session, count = ARGV[1], tonumber(ARGV[5])
if redis.call('HEXISTS', keys.order, 'state') == 1 then return { 'known' } end
local buckets = tonumber(redis.call('HGET', KEYS[10], 'buckets') or '1')
if buckets ~= tonumber(ARGV[3]) then return { 'layout', text(buckets) } end

-- Something may have been recorded under the order's key in the meantime: it is newer, and its steps follow those of the order.
local since = redis.call('HGET', keys.order, 'timeline')
for i = 6 + count, #ARGV, 2 do
  redis.call('HSETNX', keys.order, ARGV[i], ARGV[i + 1])
  if since and ARGV[i] == 'timeline' then redis.call('HSET', keys.order, 'timeline', ARGV[i + 1] .. since) end
end
if count > 0 then redis.call('ZADD', KEYS[12], unpack(ARGV, 6, 5 + count)) end
for i = 13, #KEYS do redis.call('ZADD', KEYS[i], 'NX', ARGV[4], session) end
if redis.call('SREM', KEYS[11], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[10], 'orders', -1) end
-- Only in the journal, by which the order is found when it may leave again: nothing has happened to the order itself.
journal(keys, session, 'unarchived', '')
return { 'returned' }
