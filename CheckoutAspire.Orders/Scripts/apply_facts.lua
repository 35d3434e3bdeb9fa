#!lua flags=allow-oom
-- Applies verified facts about Checkout Sessions to their orders, each on its own, and is done with the stream entries that carried
-- them in the same step. Several at once, because a call of a script costs about as much as what it does for one order: what the
-- partition's own keys are told (checked, acknowledged, deleted, put into the outbox) they are told once.
--
-- KEYS  1 events   2 journal   3 open   4 owed   5 outbox   6 epoch of the partition: when this ledger began, Unix ms
--       7.. the orders, one for each fact; none twice
--       after that of a fact to record: the zset of its owner's sessions
-- ARGV  1 group   2 '1' when the ledger turned out not to know the one fact's session: then it comes with what to record
--       then for each fact 13 values (FactToApply.cs writes them):
--       1 entry id   2 session id
--       3 fact: paid | unpaid | failed | expired
--       4 ours: '1' when the session's metadata names this installation
--       5 livemode of the ledger: '1' or '0'
--       6 lease, ms, for the handlers to come; 0 when there are none: then the order is fulfilled here and now
--       7 payment_status   8 amount_subtotal   9 amount_total   10 currency   11 livemode   12 payment_intent
--       13 when Stripe created the session, Unix ms
--       14.. of a fact to record: field, value, …; 17 is its owner, or ''
-- Reply for each fact {verdict, fence, names of handlers that are done already…}
--       fulfilled, awaiting_payment, failed, expired, needs_review: the state it moved to; the entry is settled
--       claimed: run the handlers, then fulfill_order.lua with this fence; the entry stays pending
--       duplicate: nothing was left to do; settled
--       foreign: another integration's session; settled
--       busy: another worker holds this very entry's lease; the entry stays pending
--       predates: ours and paid, but older than this ledger, which was lost and began anew; ask the witness, then
--                 restore_order.lua; the entry stays pending
--       unrecorded: ours, and the ledger does not know the session; say it again, alone and with what to record
--       unreadable: the order's key holds something else; nothing was done for this fact

local WIDTH = 13
local group = ARGV[1]
local keys = { events = KEYS[1], journal = KEYS[2], open = KEYS[3], owed = KEYS[4], outbox = KEYS[5] }
expect_partition(keys)
local recorded = ARGV[2] == '1'
local count = recorded and 1 or #KEYS - 6
if recorded and #KEYS ~= 8 or not recorded and #ARGV ~= 2 + count * WIDTH then
  error(redis.error_reply('ERR apply_facts: not ' .. WIDTH .. ' arguments for each order'))
end

-- Everything is read before the first write, and what cannot be read is left out: nothing fails midway.
local epoch = redis.call('GET', KEYS[6])
local facts = { paid = true, unpaid = true, failed = true, expired = true }
local orders = {}
for i = 1, count do
  if not facts[ARGV[2 + (i - 1) * WIDTH + 3]] then error(redis.error_reply('ERR apply_facts: no such fact')) end
  local order = redis.pcall('HMGET', KEYS[6 + i], 'state', 'amount_subtotal', 'currency', 'livemode', 'predates', 'timeline')
  -- What an order has only after it has left its first state: most are fulfilled from there, and each field asked for takes its time.
  order.since = not order.err and order[1] and order[1] ~= 'created'
    and redis.call('HMGET', KEYS[6 + i], 'fence', 'lease_until', 'entry', 'decision', 'fulfillments') or {}
  orders[i] = order
end

local now = now_ms()
local now_text = text(now)
local settled, closed, outbox, moved = {}, {}, {}, {}

local function apply(at, order)
  local entry, session, fact = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local lease_ms = tonumber(ARGV[at + 6])
  local status, subtotal, total, currency = ARGV[at + 7], ARGV[at + 8], ARGV[at + 9], ARGV[at + 10]
  local livemode, intent = ARGV[at + 11], ARGV[at + 12]
  local state, sold_subtotal, sold_currency, sold_livemode, predates, timeline = unpack(order)
  local last_fence, lease_until, claimed_by, decision, fulfillments = unpack(order.since)

  local function done(verdict)
    settled[#settled + 1] = entry
    return { verdict, 0 }
  end

  if not state then
    if ARGV[at + 4] ~= '1' or livemode ~= ARGV[at + 5] then return done('foreign') end
    if not recorded then return { 'unrecorded', 0 } end

    if not epoch then
      redis.call('SET', KEYS[6], now)
      epoch = now
    end
    -- Stripe's times are whole seconds, rounded down.
    if tonumber(ARGV[at + 13]) + 1000 <= tonumber(epoch) then
      if fact == 'paid' then return { 'predates', 0 } end
      -- An unpaid fact that comes first must not make an old session new: its proof of payment asks the witness still.
      redis.call('HSET', keys.order, 'predates', 1)
    end

    -- A crash between Stripe's answer and our record: the session is ours by its signed metadata, and is recorded from it.
    timeline = step(now, 'created', 'recorded from the event')
    redis.call('HSET', keys.order, 'state', 'created', 'amount_subtotal', subtotal, 'amount_total', total,
      'currency', currency, 'livemode', livemode, 'timeline', timeline, unpack(ARGV, at + WIDTH + 1))
    -- A key that holds something else costs the listing, not the order.
    if ARGV[at + 17] ~= '' then redis.pcall('ZADD', KEYS[8], 'NX', now, session) end
    journal(keys, session, 'created', 'recorded from the event')
    state = 'created'
    sold_subtotal, sold_currency, sold_livemode = subtotal, currency, livemode
  end

  if state == 'fulfilled' or decision == 'rejected' then return done('duplicate') end
  if state == 'needs_review' and decision ~= 'approved' then return done('duplicate') end

  if fact == 'paid' and predates then return { 'predates', 0 } end

  if fact == 'unpaid' then
    if state ~= 'created' then return done('duplicate') end
    redis.call('HSET', keys.order, 'state', 'awaiting_payment', 'payment_status', status, 'payment_intent', intent)
    record(keys, session, now, 'awaiting_payment', '')
    return done('awaiting_payment')
  end

  if fact == 'failed' or fact == 'expired' then
    if state ~= 'created' and state ~= 'awaiting_payment' then return done('duplicate') end
    redis.call('HSET', keys.order, 'state', fact)
    closed[#closed + 1] = session
    record(keys, session, now, fact, '')
    return done(fact)
  end

  if state == 'claimed' and tonumber(lease_until) > now then
    -- The proof is recorded and the claim's own entry is pending, or waits to be tried again: this copy adds nothing.
    if claimed_by ~= entry then return done('duplicate') end
    return { 'busy', 0 }
  end

  -- The total may differ by discounts, tax or shipping; what was sold may not, unless a person approved it.
  local mismatch
  if sold_livemode ~= livemode then mismatch = 'livemode differs from what was sold'
  elseif sold_currency ~= currency then mismatch = string.format('currency %s was sold, %s was paid', sold_currency, currency)
  elseif sold_subtotal ~= subtotal then mismatch = string.format('amount_subtotal %s was sold, %s was paid', sold_subtotal, subtotal)
  end
  if mismatch and decision ~= 'approved' then
    redis.call('HSET', keys.order, 'payment_status', status, 'payment_intent', intent, 'amount_total', total)
    review(keys, session, now, mismatch)
    return done('needs_review')
  end

  closed[#closed + 1] = session
  local fence = (tonumber(last_fence) or 0) + 1
  if lease_ms == 0 then
    fulfill(keys, session, now_text, fence, { state = state, fulfillments = fulfillments, timeline = timeline },
      'payment_status', status, 'payment_intent', intent, 'amount_total', total)
    outbox[#outbox + 1] = now_text
    outbox[#outbox + 1] = session
    moved[#moved + 1] = session
    settled[#settled + 1] = entry
    return { 'fulfilled', fence }
  end

  redis.call('HSET', keys.order, 'state', 'claimed', 'fence', fence, 'lease_until', now + lease_ms, 'entry', entry,
    'payment_status', status, 'payment_intent', intent, 'amount_total', total,
    'timeline', (timeline or '') .. step(now, 'claimed', 'fence ' .. fence))
  redis.call('ZADD', keys.owed, 'NX', now, session)
  journal(keys, session, 'claimed', 'fence ' .. fence)
  moved[#moved + 1] = session

  local reply = { 'claimed', fence }
  for _, field in ipairs(redis.call('HKEYS', keys.order)) do
    local handler = string.match(field, '^done:(.+)$')
    if handler then reply[#reply + 1] = handler end
  end
  return reply
end

local replies = {}
for i, order in ipairs(orders) do
  if order.err then
    replies[i] = { 'unreadable', 0 }
  else
    keys.order = KEYS[6 + i]
    replies[i] = apply(2 + (i - 1) * WIDTH, order)
  end
end

if #closed > 0 then redis.call('ZREM', keys.open, unpack(closed)) end
if #outbox > 0 then redis.call('ZADD', keys.outbox, unpack(outbox)) end
if #moved > 0 then announce(keys, unpack(moved)) end
if #settled > 0 then settle(keys.events, group, unpack(settled)) end
return replies
