#!lua flags=allow-oom
-- Releases entries that a worker has read and not finished, because it stops or because Redis failed meanwhile, so that any worker takes them over
-- without waiting for a lease.
--
-- KEYS  1 events stream   2.. hashes of the orders it had claimed
-- ARGV  1 group   2 consumer   3 channel for releases   4 signal channel   5 number of entry ids   6.. entry ids, then one fence for each hash
-- Reply how many entries were released

expect_type(KEYS[1], 'stream')
for i = 2, #KEYS do expect_type(KEYS[i], 'hash') end

local count = tonumber(ARGV[5])
for i = 2, #KEYS do
  local order = redis.call('HMGET', KEYS[i], 'state', 'fence')
  if order[1] == 'claimed' and order[2] == ARGV[5 + count + i - 1] then
    redis.call('HSET', KEYS[i], 'lease_until', 0)
  end
end
local handed = 0
for i = 6, 5 + count do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])[1]
  if pending then
    -- An idle time beyond any limit: the next takeover takes it (take_over.lua). That counts as a delivery, and this one no longer does, because
    -- the worker has not failed on the entry.
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 86400000, 'RETRYCOUNT', text(pending[4] - 1), 'JUSTID')
    handed = handed + 1
  end
end
if handed > 0 then
  redis.call('PUBLISH', ARGV[3], 'released')
  -- Workers of earlier versions do not know the other channel.
  redis.call('PUBLISH', ARGV[4], 'released')
end
return handed
