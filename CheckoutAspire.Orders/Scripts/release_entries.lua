#!lua flags=allow-oom
-- Releases the entries that a stopping worker has read and not finished, so that others take them over without waiting for a lease.
--
-- KEYS  1 events stream   2.. hashes of the orders it had claimed
-- ARGV  1 group   2 consumer   3 signal channel   4 number of entry ids   5.. entry ids, then one fence for each hash
-- Reply the number of released entries

expect_type(KEYS[1], 'stream')
for i = 2, #KEYS do expect_type(KEYS[i], 'hash') end

local count = tonumber(ARGV[4])
for i = 2, #KEYS do
  local order = redis.call('HMGET', KEYS[i], 'state', 'fence')
  if order[1] == 'claimed' and order[2] == ARGV[4 + count + i - 1] then
    redis.call('HSET', KEYS[i], 'lease_until', 0)
  end
end
local handed = 0
for i = 5, 4 + count do
  -- The idle time exceeds every limit, so that the next XAUTOCLAIM claims the entry.
  local ids = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 86400000, 'JUSTID')
  handed = handed + #ids
end
if handed > 0 then redis.call('PUBLISH', ARGV[3], 'released') end
return handed
