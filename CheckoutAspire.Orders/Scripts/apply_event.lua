#!lua flags=allow-oom
-- Applies one verified fact about a Checkout Session to its order, and is done with the stream entry in the same step.
--
-- KEYS  1-8 the order's ledger keys   9 epoch of the partition: when this ledger began, Unix ms
-- ARGV  1 group   2 entry id   3 session id
--       4 fact: paid | unpaid | failed | expired
--       5 ours: '1' when the session's metadata names this installation
--       6 livemode of the ledger: '1' or '0'
--       7 lease, ms, for the handlers to come; 0 when there are none: then the order is fulfilled here and now
--       8 payment_status   9 amount_subtotal   10 amount_total   11 currency   12 livemode   13 payment_intent
--       14 when Stripe created the session, Unix ms
--       15.. field, value, …: what to record should the ledger not know the session
-- Reply {verdict, fence, names of handlers that are done already…}
--       fulfilled, awaiting_payment, failed, expired, needs_review: the state it moved to; the entry is settled
--       claimed: run the handlers, then fulfill_order.lua with this fence; the entry stays pending
--       duplicate: nothing was left to do; settled
--       foreign: another integration's session; settled
--       busy: another worker holds this very entry's lease; the entry stays pending
--       predates: ours and paid, but older than this ledger, which was lost and began anew; ask the witness, then
--                 restore_order.lua; the entry stays pending

local keys = ledger_keys()
local group, entry, session, fact = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local lease_ms = tonumber(ARGV[7])
local subtotal, currency, livemode = ARGV[9], ARGV[11], ARGV[12]

if not lease_ms then error(redis.error_reply('ERR apply_event: the lease is not a number')) end
if fact ~= 'paid' and fact ~= 'unpaid' and fact ~= 'failed' and fact ~= 'expired' then
  error(redis.error_reply('ERR apply_event: no such fact: ' .. fact))
end

local order = redis.call('HMGET', keys.order,
  'state', 'fence', 'lease_until', 'entry', 'amount_subtotal', 'currency', 'livemode', 'decision', 'predates', 'fulfillments', 'timeline')
local state, decision, predates, timeline = order[1], order[8], order[9], order[11]
local now = now_ms()

local function done(verdict)
  settle(keys.events, group, entry)
  return { verdict, 0 }
end

if not state then
  if ARGV[5] ~= '1' or livemode ~= ARGV[6] then return done('foreign') end

  -- GET fails on a wrong type, and nothing is written yet.
  local epoch = redis.call('GET', KEYS[9])
  if not epoch then
    redis.call('SET', KEYS[9], now)
    epoch = now
  end
  -- Stripe's times are whole seconds, rounded down.
  if tonumber(ARGV[14]) + 1000 <= tonumber(epoch) then
    if fact == 'paid' then return { 'predates', 0 } end
    -- An unpaid fact that comes first must not make an old session new: its proof of payment asks the witness still.
    redis.call('HSET', keys.order, 'predates', 1)
  end

  -- A crash between Stripe's answer and our record: the session is ours by its signed metadata, and is recorded from it.
  timeline = step(now, 'created', 'recorded from the event')
  redis.call('HSET', keys.order, 'state', 'created', 'amount_subtotal', subtotal, 'amount_total', ARGV[10],
    'currency', currency, 'livemode', livemode, 'timeline', timeline, unpack(ARGV, 15))
  journal(keys, session, 'created', 'recorded from the event')
  state = 'created'
  order[5], order[6], order[7] = subtotal, currency, livemode
end

if state == 'fulfilled' or decision == 'rejected' then return done('duplicate') end
if state == 'needs_review' and decision ~= 'approved' then return done('duplicate') end

if fact == 'paid' and predates then return { 'predates', 0 } end

if fact == 'unpaid' then
  if state ~= 'created' then return done('duplicate') end
  redis.call('HSET', keys.order, 'state', 'awaiting_payment', 'payment_status', ARGV[8], 'payment_intent', ARGV[13])
  record(keys, session, now, 'awaiting_payment', '')
  return done('awaiting_payment')
end

if fact == 'failed' or fact == 'expired' then
  if state ~= 'created' and state ~= 'awaiting_payment' then return done('duplicate') end
  redis.call('HSET', keys.order, 'state', fact)
  redis.call('ZREM', keys.open, session)
  record(keys, session, now, fact, '')
  return done(fact)
end

if state == 'claimed' and tonumber(order[3]) > now then
  -- The proof is recorded and the claim's own entry is pending, or waits to be tried again: this copy adds nothing.
  if order[4] ~= entry then return done('duplicate') end
  return { 'busy', 0 }
end

-- The total may differ by discounts, tax or shipping; what was sold may not, unless a person approved it.
local mismatch
if order[7] ~= livemode then mismatch = 'livemode differs from what was sold'
elseif order[6] ~= currency then mismatch = string.format('currency %s was sold, %s was paid', order[6], currency)
elseif order[5] ~= subtotal then mismatch = string.format('amount_subtotal %s was sold, %s was paid', order[5], subtotal)
end
if mismatch and decision ~= 'approved' then
  redis.call('HSET', keys.order, 'payment_status', ARGV[8], 'payment_intent', ARGV[13], 'amount_total', ARGV[10])
  review(keys, session, now, mismatch)
  return done('needs_review')
end

redis.call('ZREM', keys.open, session)
local fence = (tonumber(order[2]) or 0) + 1
if lease_ms == 0 then
  fulfill(keys, session, group, entry, now, fence, { state = state, fulfillments = order[10], timeline = timeline },
    'payment_status', ARGV[8], 'payment_intent', ARGV[13], 'amount_total', ARGV[10])
  return { 'fulfilled', fence }
end

redis.call('HSET', keys.order, 'state', 'claimed', 'fence', fence, 'lease_until', now + lease_ms, 'entry', entry,
  'payment_status', ARGV[8], 'payment_intent', ARGV[13], 'amount_total', ARGV[10],
  'timeline', (timeline or '') .. step(now, 'claimed', 'fence ' .. fence))
redis.call('ZADD', keys.owed, 'NX', now, session)
journal(keys, session, 'claimed', 'fence ' .. fence)

local reply = { 'claimed', fence }
for _, field in ipairs(redis.call('HKEYS', keys.order)) do
  local handler = string.match(field, '^done:(.+)$')
  if handler then reply[#reply + 1] = handler end
end
return reply
