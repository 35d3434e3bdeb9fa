#!lua flags=allow-oom
-- Records a paid order as fulfilled because the witness at Stripe says so. Redis has lost the last writes of this ledger.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 group   2 entry id   3 session id   4 when the witness says it was fulfilled, Unix ms
--       5 payment status   6 payment intent   7 subscription, or ''   8 subtotal   9 total   10 currency of the payment
-- Reply fulfilled: as witnessed   duplicate: the ledger knew it   unknown: the order does not exist; nothing was written

local keys = ledger_keys()
local group, entry, session, witnessed = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local state, fence, subtotal, total, currency = unpack(redis.call(
  'HMGET', keys.order, 'state', 'fence', 'amount_subtotal', 'amount_total', 'currency'))
if not state then return 'unknown' end
if state == 'fulfilled' then
  settle(keys.events, group, entry)
  return 'duplicate'
end

local now = now_ms()
local fields = { 'payment_status', ARGV[5], 'payment_intent', ARGV[6] }
local function differs(field, paid, sold)
  if paid ~= sold then fields[#fields + 1], fields[#fields + 2] = field, paid end
end
differs('subscription', ARGV[7], '')
differs('paid_subtotal', ARGV[8], subtotal)
differs('paid_total', ARGV[9], total)
differs('paid_currency', ARGV[10], currency)
redis.call('HSET', keys.order, 'state', 'fulfilled', 'fulfilled_at', witnessed,
  'fence', text(math.max((tonumber(fence) or 0) + 1, now)), unpack(fields))
redis.call('HDEL', keys.order, 'payment', 'lease_until', 'entry', 'causes', 'reason')
redis.call('ZREM', keys.open, session)
redis.call('ZREM', keys.owed, session)
redis.call('ZREM', keys.held, session)
-- The index of its payment intent may be lost too: it is written together with the witness.
redis.call('ZADD', keys.outbox, now, session)
record(keys, session, now, 'fulfilled', 'as the witness at Stripe has it')
settle(keys.events, group, entry)
return 'fulfilled'
