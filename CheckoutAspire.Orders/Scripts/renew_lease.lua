#!lua flags=allow-oom
-- Renews a claim while its handlers run: its lease and the entry's idle time, so that no other worker takes the entry over.
--
-- KEYS  1 order hash   2 events stream
-- ARGV  1 fence of the claim   2 lease, ms   3 group   4 consumer   5 entry id
-- Reply 1, or 0 when a later claim took over, or the entry was scheduled for a retry in the meantime: stop

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'stream')
local order = redis.call('HMGET', KEYS[1], 'state', 'fence', 'entry')
-- A renewal after postpone_entry.lua would outlast the retry, which would then be taken for a duplicate and be lost.
if order[1] ~= 'claimed' or order[2] ~= ARGV[1] or order[3] ~= ARGV[5] then return 0 end

redis.call('HSET', KEYS[1], 'lease_until', now_ms() + ARGV[2])
redis.call('XCLAIM', KEYS[2], ARGV[3], ARGV[4], 0, ARGV[5], 'JUSTID')
return 1
