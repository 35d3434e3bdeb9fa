#!lua flags=allow-oom
-- Commits a fulfillment whose handlers have all run: the order, its journal entry and the stream entry in one step.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 group   2 entry id   3 session id   4 fence of the claim   5 name of the handler that ran last, or ''   6 how long that took, ms
-- Reply fulfilled
--       duplicate: it was fulfilled under another claim; the entry is settled
--       stale: a later claim took over, or the order moved on. If it is held meanwhile, it is noted that the handler is done

local keys = ledger_keys()
local group, entry, session, fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local order = redis.call('HMGET', keys.order, 'state', 'fence', 'timeline', 'attempts')
if order[1] == 'fulfilled' then
  settle(keys.events, group, entry)
  return 'duplicate'
end
local now = now_ms()
local attempts = {}
if ARGV[5] ~= '' then attempts = { 'attempts', with_attempt(order[4], now, ARGV[5], 'succeeded', ARGV[6]) } end
if order[1] == 'needs_review' and order[2] == fence and ARGV[5] ~= '' then redis.call('HSET', keys.order, 'done:' .. ARGV[5], now, unpack(attempts)) end
if order[1] ~= 'claimed' or order[2] ~= fence then return 'stale' end

local detail = fulfill(keys, session, now, fence, '', order[1], order[3], unpack(attempts))
journal(keys, session, 'fulfilled', detail)
redis.call('ZADD', keys.outbox, now, session)
announce(keys, session)
settle(keys.events, group, entry)
return 'fulfilled'
