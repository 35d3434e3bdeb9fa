#!lua flags=allow-oom
-- Notes a fact that changes no payment state: a refund, a dispute. Once for each event, in any order.
--
-- KEYS  1-8 the order's ledger keys
-- ARGV  1 group   2 entry id   3 session id   4 event id   5 what: refunded | disputed   6 detail
--       7 amount in minor units so far
-- Reply noted, duplicate (this event was noted before), unknown (no such order: another integration's)
--       needs_review: noted, and the order was not fulfilled yet: it will not be until a person decides

local keys = ledger_keys()
local group, entry, session, event, what = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local state = redis.call('HGET', keys.order, 'state')
if not state then
  settle(keys.events, group, entry)
  return 'unknown'
end
if redis.call('HSETNX', keys.order, 'event:' .. event, what) == 0 then
  settle(keys.events, group, entry)
  return 'duplicate'
end

local now = now_ms()
local before = tonumber(redis.call('HGET', keys.order, what .. '_amount') or '0')
-- Events arrive in any order, and a charge's refunded amount only grows.
redis.call('HSET', keys.order, what .. '_amount', string.format('%d', math.max(before, tonumber(ARGV[7]))))
record(keys, session, now, what, ARGV[6])

local verdict = 'noted'
if state ~= 'fulfilled' and state ~= 'needs_review' then
  review(keys, session, now, what .. ' before it was fulfilled')
  verdict = 'needs_review'
end
settle(keys.events, group, entry)
return verdict
