#!lua
-- An operator decides on a held order. The decision applies to one hold only.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 session id   2 decision: approved | rejected   3 who, and why
--       4 the number of the hold, or '' for the current one   5 '1' to approve an order that is not paid
-- Reply approved: the order goes to the workers, again too if an approved order is approved again before it is fulfilled
--       rejected
--       unknown: no such order   not_in_review: it is not held
--       other_hold: its current hold has another number   unpaid: it is not paid, and the approval does not allow that explicitly

local keys = ledger_keys()
local session, decision = ARGV[1], ARGV[2]
local state, earlier, number, payment, status, decided = unpack(redis.call(
  'HMGET', keys.order, 'state', 'decision', 'hold', 'payment', 'payment_status', 'decided_hold'))
if not state then return 'unknown' end
state = state_of(state, earlier)
number = number or '0'
local now = now_ms()

if state ~= 'needs_review' then
  local again = decision == 'approved' and earlier == 'approved' and (state == 'ready' or state == 'claimed')
    and (ARGV[4] == '' or ARGV[4] == (decided or number))
  if not again then return 'not_in_review' end
  enqueue(keys, session, now)
  return 'approved'
end
if ARGV[4] ~= '' and ARGV[4] ~= number then return 'other_hold' end

payment = payment_of(state, payment, status)
if decision == 'approved' then
  if payment ~= 'paid' and ARGV[5] ~= '1' then return 'unpaid' end
  redis.call('HSET', keys.order, 'decision', decision, 'decided_hold', number)
  release(keys, session, now, payment, true)
else
  redis.call('HSET', keys.order, 'decision', decision, 'decided_hold', number, 'state', 'rejected', 'payment', payment)
  redis.call('HDEL', keys.order, 'causes')
  redis.call('ZREM', keys.held, session)
  redis.call('ZREM', keys.owed, session)
end
record(keys, session, now, decision, ARGV[3])
return decision
