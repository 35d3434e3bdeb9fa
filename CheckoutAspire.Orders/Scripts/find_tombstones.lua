#!lua
-- Looks up which orders have left Redis for the archive.
--
-- KEYS  1 hash of the partition's tombstones: how many sets hold them   2.. the set of each order's tombstone
-- ARGV  1 how many sets the caller knows   2.. each order's tombstone
-- Reply {how many sets there are, then for each order 1 or 0}; only the first when the caller knows another number

expect_type(KEYS[1], 'hash')
local buckets = tonumber(redis.call('HGET', KEYS[1], 'buckets') or '1')
local reply = { buckets }
if buckets ~= tonumber(ARGV[1]) then return reply end
for i = 2, #KEYS do
  expect_type(KEYS[i], 'set')
  reply[i] = redis.call('SISMEMBER', KEYS[i], ARGV[i])
end
return reply
