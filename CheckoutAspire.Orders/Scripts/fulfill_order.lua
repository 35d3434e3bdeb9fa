#!lua
-- Commits a fulfillment whose handlers have all run: the order, its journal entry and the stream entry in one step.
--
-- KEYS  1 order hash   2 events stream   3 journal stream   4 open zset   5 owed zset
-- ARGV  1 group   2 entry id   3 session id   4 fence of the claim
-- Reply fulfilled
--       duplicate: it was fulfilled under another claim; the entry is settled
--       stale: a later claim took over, or the order moved on; nothing was written

local keys = { order = KEYS[1], events = KEYS[2], journal = KEYS[3], open = KEYS[4], owed = KEYS[5] }
local group, entry, session, fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

expect_ledger(keys)

local order = redis.call('HMGET', keys.order, 'state', 'fence')
if order[1] == 'fulfilled' then
  settle(keys.events, group, entry)
  return 'duplicate'
end
if order[1] ~= 'claimed' or order[2] ~= fence then return 'stale' end

fulfill(keys, session, group, entry, now_ms(), fence)
return 'fulfilled'
