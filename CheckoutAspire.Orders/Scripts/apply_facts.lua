#!lua flags=allow-oom
-- Applies facts about the payment of Checkout Sessions and of renewals to their orders, each on its own, and settles the stream entries
-- that carried them in the same step. Several at once, because a call of a script costs about as much as what it does for one order: the
-- partition's own keys are checked, acknowledged, deleted and appended to once for all facts.
--
-- KEYS  1 events   2 journal   3 open   4 owed   5 outbox   6 held   7 epoch of the partition: when this ledger began, and on which server
--       8.. the orders, one for each fact; none twice
--       then of facts to record: for each the zset of its owner's sessions, or of a renewal, which has none, the order again
-- ARGV  1 group   2 '1' when the ledger turned out not to know the facts' sessions: then they come with what to record
--       3 the names of the worker's handlers in the order in which they run, separated by commas; '' without handlers
--       4 those of them that are paused, and are not called now
--       5.. the facts, each packed as MessagePack strings: one argument for each, because each argument costs Redis about as much as a
--       field of an order. What to record follows in it: field, value, …
-- Reply for each fact the fence, a number, if the order was fulfilled and the entry is settled, as most are; otherwise {outcome, fence, names of handlers that are
--       done already…}
--       awaiting_payment, failed, expired, needs_review (with the reason): what it moved to; the entry is settled
--       recorded: the payment was recorded; the fulfillment does not follow from it; settled
--       claimed: run the handlers, then fulfill_order.lua with this fence; the entry stays pending
--       duplicate: there was nothing left to do; settled
--       foreign: another integration's session; settled
--       busy: another worker holds the lease of the same entry, which stays pending
--       created_before_ledger: ours and paid, but older than this ledger, which was lost and began anew; ask the witness, then
--                 restore_order.lua; the entry stays pending
--       witness_due: it may have been fulfilled in a part of the ledger that Redis has lost; ask the witness, then witness_order.lua, or
--                 send it again as asked. The third value is since when the server holds the ledger; the entry stays pending
--       unrecorded: ours, and the ledger does not know the session; send the fact again with the fields to record. The third value is the time
--                 before which Redis may have lost orders together with their tombstones
--       unreadable: the order's key has another type; nothing was done for this fact

local HEAD = 4
local group, handlers, paused = ARGV[1], ARGV[3], ARGV[4]
local keys = { events = KEYS[1], journal = KEYS[2], open = KEYS[3], owed = KEYS[4], outbox = KEYS[5], held = KEYS[6] }
expect_partition(keys)
local ORDERS = 7
local recorded = ARGV[2] == '1'
local count = #ARGV - HEAD
if #KEYS ~= ORDERS + count * (recorded and 2 or 1) then
  error(redis.error_reply('ERR apply_facts: not one fact for each order'))
end

-- Everything is read before the first write, and unreadable orders are skipped, so that nothing fails midway.
local now = now_ms()
local now_text = text(now)
local epoch, since = ledger_server(KEYS[ORDERS], now)
local FACT_SIZE = 18

local function is_at_first_step(state, timeline)
  return state == 'created' and timeline and string.find(timeline, '\n', 1, true) == #timeline
end

local NONE = {}
local facts, orders, laters = {}, {}, {}
for i = 1, count do
  local fact = { cmsgpack.unpack(ARGV[HEAD + i]) }
  if #fact < FACT_SIZE or not (fact[3] == 'none' or PAYMENT_RANK[fact[3]]) then error(redis.error_reply('ERR apply_facts: no such fact')) end
  local order = redis.pcall('HMGET', KEYS[ORDERS + i], 'state', 'amount_subtotal', 'amount_total', 'currency', 'livemode', 'timeline')
  -- Fields that an order has only after its first step. Most orders are fulfilled right after it, and each field read takes time. An order whose hold has
  -- ended unpaid is in its first state again, with the number of that hold and with its fences.
  laters[i] = not order.err and order[1] and not is_at_first_step(order[1], order[6]) and redis.call('HMGET', KEYS[ORDERS + i],
    'fence', 'lease_until', 'entry', 'decision', 'payment', 'payment_status', 'causes', 'hold', 'handlers', 'called') or NONE
  facts[i], orders[i] = fact, order
end

local settled, closed, outbox, moved = {}, {}, {}, {}

-- The fulfilled orders, by the detail of their journal entry. An order's other steps in this script come before.
local fulfilled = {}

-- Settles a fact's entry.
local function done(entry, outcome, reason)
  settled[#settled + 1] = entry
  return { outcome, 0, reason }
end

-- Adds a field of the payment where it differs from what was sold. A paid order's payment_status is 'paid' unless it has another one.
local function add_if_differs(fields, field, paid, was)
  if paid ~= was then fields[#fields + 1], fields[#fields + 2] = field, paid end
end

-- Redis may lack what came before this server. Stripe's clock and Redis's may differ by a few seconds.
local CLOCKS_DIFFER = 10000
local function is_witness_due(as_of, asked)
  if asked then return tonumber(asked) ~= since end
  return as_of == '0' or tonumber(as_of) < since + CLOCKS_DIFFER
end

-- The handlers of an order that are done.
local function done_handlers()
  local done = {}
  for _, field in ipairs(redis.call('HKEYS', keys.order)) do
    local handler = string.match(field, '^done:(.+)$')
    if handler then done[#done + 1], done[handler] = handler, true end
  end
  return done
end

-- A handler with which an order was claimed, and which neither is done nor runs on this worker. Earlier ledgers did not note them.
local function missing_handler(claimed_with, done, lease)
  if not claimed_with then return lease == '0' and 'handlers' or nil end
  for name in string.gmatch(claimed_with, '[^,]+') do
    if not done[name] and not string.find(',' .. handlers .. ',', ',' .. name .. ',', 1, true) then return name end
  end
end

-- No table or function is made for what most facts do not need: Lua's memory costs a script about as much as Redis's commands do.
local function apply(
  order, later,
  -- A fact, as PendingTransition.cs packs it: all are text, and Lua computes with texts that are numbers.
  entry, session,
  payment,             -- unpaid | processing | paid | failed | expired, or none: no news, fulfill the order if it is ready
  origin,              -- proven: sold by this installation | claimed: its metadata says so, and nothing proves it | foreign
  ledger_livemode,     -- '1' when the ledger holds orders of real money
  lease,               -- ms, for the handlers to come; 0 without handlers: the order is then fulfilled at once
  paid_status, paid_subtotal, paid_total, paid_currency, paid_livemode, intent,
  created_at,          -- when Stripe created the session, Unix ms
  as_of,               -- when the fact came about, Unix ms; 0 when a listing showed it; 'asked 1763884900456': there is no witness, and it was
                       -- asked while the server held the ledger since then
  total_varies,        -- '1' when discounts, tax or shipping may change the total
  suspicion,           -- why an operator must review it, or ''
  subscription,        -- the subscription that it began, or ''
  source,              -- what reported it: an event's id, 'reconciliation', or ''
  ...)                 -- of a fact to record: field, value, …
  local state, subtotal, total, currency, livemode, timeline = unpack(order)
  local last_fence, lease_until, claimed_by, decision, stored_payment, status, causes, last_hold, claimed_with, called = unpack(later)
  local predates
  total = total or paid_total

  if not state then
    if origin == 'foreign' or paid_livemode ~= ledger_livemode or payment == 'none' then return done(entry, 'foreign') end
    -- A session that ended unpaid and is not proven to be ours does not need an order.
    if origin == 'claimed' and (payment == 'failed' or payment == 'expired') then return done(entry, 'foreign') end
    if select('#', ...) == 0 then return { 'unrecorded', 0, text(math.max(epoch, since)) } end

    -- Stripe's times are whole seconds, rounded down.
    if created_at + 1000 <= epoch then
      if payment == 'paid' then return { 'created_before_ledger', 0 } end
      -- An unpaid fact that arrives first must not make an old session look new: its proof of payment must still ask the witness.
      redis.call('HSET', keys.order, 'predates', 1)
    end

    -- We crashed between Stripe's response and our record, so the order is recorded from the event. Earlier returns are kept.
    local kept = redis.call('HMGET', keys.order, 'timeline', 'causes', 'hold')
    timeline = step(now, 'created', 'recorded from the event') .. (kept[1] or '')
    redis.call('HSET', keys.order, 'state', 'created', 'amount_subtotal', paid_subtotal, 'amount_total', paid_total,
      'currency', paid_currency, 'livemode', paid_livemode, 'timeline', timeline, ...)
    local expires, owner = 0, ''
    for i = 1, select('#', ...), 2 do
      local field, value = select(i, ...)
      if field == 'expires_at' then expires = value elseif field == 'owner' then owner = value end
    end
    -- A key that holds something else costs the listing, not the order.
    if owner ~= '' and keys.owned ~= keys.order then redis.pcall('ZADD', keys.owned, 'NX', now, session) end
    redis.call('ZADD', keys.open, expires, session)
    journal(keys, session, 'created', 'recorded from the event')
    -- The request that was recorded before the session was created states the sale; without it, the event does.
    local asked = redis.call('HMGET', keys.order, 'amount_subtotal', 'amount_total', 'currency')
    state = 'created'
    subtotal, total, currency, livemode = asked[1], asked[2], asked[3], paid_livemode
    causes, last_hold = kept[2], kept[3]
    local stands = causes
    if origin == 'claimed' then
      local reason = 'the session names this installation, which has no record of selling it'
      hold(keys, session, now, { causes = causes, hold = last_hold, payment = 'unpaid' }, 'origin', reason)
      stands = true
    elseif causes then
      redis.call('HSET', keys.order, 'state', 'needs_review', 'payment', 'unpaid')
      redis.call('ZADD', keys.held, 'NX', now, session)
    end
    if stands then
      state = 'needs_review'
      local is = redis.call('HMGET', keys.order, 'causes', 'hold')
      causes, last_hold, stored_payment = is[1], is[2], 'unpaid'
    end
    timeline = redis.call('HGET', keys.order, 'timeline')
  elseif timeline and string.find(timeline, 'recorded from the event', 1, true) then
    -- Only such an order may be older than the ledger.
    predates = redis.call('HGET', keys.order, 'predates')
  end

  state = state_of(state, decision)
  local was = payment_of(state, stored_payment, status)
  local unfulfilled = PAYMENT_OF[state] and state ~= 'claimed' and state ~= 'fulfilled'
  local news = payment ~= 'none' and PAYMENT_RANK[payment] > PAYMENT_RANK[was]
  if payment == 'paid' and predates and unfulfilled then return { 'created_before_ledger', 0 } end

  local asked = not tonumber(as_of) and string.match(as_of, '^asked (%d+)$') or nil
  local due = payment == 'paid' and unfulfilled
    or (payment == 'paid' or payment == 'none') and (state == 'ready' or state == 'claimed' and tonumber(lease_until) <= now)
  if due and is_witness_due(as_of, asked) then return { 'witness_due', 0, text(since) } end

  if news and payment ~= 'paid' then
    local what = STATE_OF[payment]
    redis.call('HSET', keys.order, unfulfilled and 'state' or 'payment', unfulfilled and what or payment,
      'payment_status', paid_status, 'payment_intent', intent)
    -- Earlier ledgers kept the payment of a released hold.
    if unfulfilled and stored_payment then redis.call('HDEL', keys.order, 'payment') end
    if payment ~= 'processing' then closed[#closed + 1] = session end
    -- It cannot be paid any more, and its link is about half of it.
    if payment == 'expired' then redis.call('HDEL', keys.order, 'checkout_url', 'short_link') end
    record(keys, session, now, what, source)
    return done(entry, what)
  end

  -- The step that records the payment names what proved it.
  local fields, proof = nil, ''
  if news then
    if source ~= '' then proof = ' ' .. source end
    closed[#closed + 1] = session
    fields = { 'payment_intent', intent }
    add_if_differs(fields, 'payment_status', paid_status, 'paid')
    add_if_differs(fields, 'subscription', subscription, '')
    add_if_differs(fields, 'paid_subtotal', paid_subtotal, subtotal)
    add_if_differs(fields, 'paid_total', paid_total, total)
    add_if_differs(fields, 'paid_currency', paid_currency, currency)
    if stored_payment then fields[#fields + 1], fields[#fields + 2] = 'payment', 'paid' end
    local mismatch = livemode ~= paid_livemode and 'livemode differs from what was sold' or difference(currency, subtotal, paid_currency, paid_subtotal)
    if not mismatch and total ~= paid_total and total_varies ~= '1' and redis.call('HGET', keys.order, 'total_varies') ~= '1' then
      mismatch = string.format('amount_total %s was sold, %s was paid', total, paid_total)
    end
    mismatch = mismatch or suspicion ~= '' and suspicion
    local held = state == 'needs_review'
    if not unfulfilled or mismatch then
      redis.call('HSET', keys.order, 'payment', 'paid', unpack(fields))
      if mismatch and (held or unfulfilled) then
        hold(keys, session, now, { causes = causes, hold = last_hold, payment = 'paid' }, 'sale', mismatch)
      else
        record(keys, session, now, 'paid', source)
      end
      if held or mismatch and unfulfilled then return done(entry, 'needs_review', mismatch or nil) end
      if state ~= 'ready' then return done(entry, 'recorded') end
      timeline, fields, proof = redis.call('HGET', keys.order, 'timeline'), { 'payment', 'paid' }, ''
    end
  elseif state ~= 'ready' and state ~= 'claimed' or payment ~= 'paid' and payment ~= 'none' then
    return done(entry, 'duplicate')
  else
    fields = { 'payment_status', status or paid_status }
  end

  if state == 'claimed' and tonumber(lease_until) > now then
    -- The proof is recorded, and the claim's own entry is pending or waits for a retry, so this copy changes nothing.
    if claimed_by ~= entry then return done(entry, 'duplicate') end
    return { 'busy', 0 }
  end

  local done_before = (lease ~= '0' or state == 'claimed') and done_handlers() or NONE
  local missing = state == 'claimed' and missing_handler(claimed_with, done_before, lease)
  if missing then
    local reason = 'claimed with ' .. missing .. ', which this worker does not run'
    hold(keys, session, now, { causes = causes, hold = last_hold, payment = was }, 'handlers', reason)
    return done(entry, 'needs_review', reason)
  end

  -- An earlier ledger's approved order has no field for its payment.
  if state == 'ready' and not stored_payment and not news then fields = { 'payment', was } end
  local fence = (tonumber(last_fence) or 0) + 1
  -- Higher than every fence that was lost with the server before this one, so that a merchant that remembers one does not reject this claim as
  -- stale: no fence exceeds the time at which it was given.
  fence = math.max(fence, since)
  if lease == '0' then
    local detail = fulfill(keys, session, now_text, fence, proof, state, timeline, unpack(fields))
    local alike = fulfilled[detail] or {}
    fulfilled[detail], alike[#alike + 1] = alike, session
    outbox[#outbox + 1] = now_text
    outbox[#outbox + 1] = session
    moved[#moved + 1] = session
    settled[#settled + 1] = entry
    return fence
  end

  local reply, following = { 'claimed', fence }, nil
  for _, name in ipairs(done_before) do reply[#reply + 1] = name end
  for name in string.gmatch(handlers, '[^,]+') do
    if not following and not done_before[name] then following = name end
  end
  if following then
    if not string.find(',' .. paused .. ',', ',' .. following .. ',', 1, true) then
      fields[#fields + 1], fields[#fields + 2] = 'called', with_called(called, following)
    end
    fields[#fields + 1], fields[#fields + 2] = 'handlers', handlers
  end
  redis.call('HSET', keys.order, 'state', 'claimed', 'fence', text(fence), 'lease_until', now + lease, 'entry', entry,
    'timeline', (timeline or '') .. step(now, 'claimed', 'fence ' .. text(fence) .. proof), unpack(fields))
  redis.call('ZADD', keys.owed, 'NX', now, session)
  journal(keys, session, 'claimed', 'fence ' .. text(fence))
  moved[#moved + 1] = session
  return reply
end

local replies = {}
for i, order in ipairs(orders) do
  if order.err then
    replies[i] = { 'unreadable', 0 }
  else
    keys.order, keys.owned = KEYS[ORDERS + i], KEYS[ORDERS + count + i]
    replies[i] = apply(order, laters[i], unpack(facts[i]))
  end
end

for detail, sessions in pairs(fulfilled) do journal(keys, table.concat(sessions, ' '), 'fulfilled', detail) end
if #closed > 0 then redis.call('ZREM', keys.open, unpack(closed)) end
if #outbox > 0 then redis.call('ZADD', keys.outbox, unpack(outbox)) end
if #moved > 0 then announce(keys, unpack(moved)) end
if #settled > 0 then settle(keys.events, group, unpack(settled)) end
return replies
