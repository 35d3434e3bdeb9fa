#!lua
-- An operator decides about an order that needs review.
--
-- KEYS  1-8 the order's ledger keys
-- ARGV  1 session id   2 decision: approved | rejected   3 who, and why   4 signal channel
--       5.. field, value, … of the entry that has the worker fulfill an approved order
-- Reply approved, rejected
--       unknown: no such order   not_in_review: it needs no decision

local keys = ledger_keys()
local session, decision = ARGV[1], ARGV[2]

local state = redis.call('HMGET', keys.order, 'state', 'decision')
if not state[1] then return 'unknown' end
if state[1] ~= 'needs_review' or state[2] then return 'not_in_review' end

local now = now_ms()
redis.call('HSET', keys.order, 'decision', decision)
record(keys, session, now, decision, ARGV[3])
if decision == 'approved' then
  redis.call('XADD', keys.events, '*', unpack(ARGV, 5))
  redis.call('PUBLISH', ARGV[4], '')
else
  redis.call('ZREM', keys.owed, session)
end
return decision
