-- Functions that the ledger's scripts share, inserted into each of them after its #! line.

-- Redis does not roll back when a script fails midway: a wrong type must be found before the first write.
local function expect_type(key, wanted)
  local actual = redis.call('TYPE', key).ok
  if actual ~= 'none' and actual ~= wanted then
    error(redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. actual .. ', not a ' .. wanted))
  end
end

-- The server's clock, in Unix milliseconds: clients' clocks may differ.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A whole number as commands take it. Redis writes a number among a call's arguments as a float of seventeen digits, which is
-- slower than many a command. The last one is kept, because orders that are fulfilled together mostly have the same fence.
local last_number, last_text
local function text(number)
  if number ~= last_number then last_number, last_text = number, string.format('%d', number) end
  return last_text
end

-- When a partition's ledger began, and since when the server that runs this script holds it: 0 for the first server. The key has three
-- words: '1763884800123 4e8679c6… 1763884900456'. A restart, a restored backup and a promoted replica each bring a server with another run
-- id, which may lack the last writes of the server before. Earlier ledgers have the first word only.
local function ledger_server(key, now)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local stamp = redis.call('GET', key)
  local began, known, since = string.match(stamp or '', '^(%d+) ?(%x*) ?(%d*)$')
  if known ~= run then
    began, since = began or text(now), began and text(now) or '0'
    redis.call('SET', key, began .. ' ' .. run .. ' ' .. since)
  end
  return tonumber(began), tonumber(since)
end

-- Entries of the sorted set 'retry' from this score on are parked: they wait until a paused handler resumes, the longest parked first.
local PARKED = 1e15

-- A field of a sale's units in stock, which no product has as its name: the reservation has ended, and the units are kept in case the sale is paid after all.
local LAPSED = ''

-- The types of a partition's own keys.
local function expect_partition(keys)
  expect_type(keys.events, 'stream')
  expect_type(keys.journal, 'stream')
  expect_type(keys.open, 'zset')
  expect_type(keys.owed, 'zset')
  expect_type(keys.outbox, 'zset')
  expect_type(keys.held, 'zset')
end

-- The keys of an order's partition, in the order in which LedgerPartition.KeysOf gives them. The type of the order's own key is checked
-- by the read that every script begins with; those of retry and dead are checked where they are written.
local function ledger_keys()
  local keys = {
    order = KEYS[1], events = KEYS[2], journal = KEYS[3], open = KEYS[4], owed = KEYS[5],
    outbox = KEYS[6], retry = KEYS[7], dead = KEYS[8], held = KEYS[9],
  }
  expect_partition(keys)
  return keys
end

-- A step in the form of the order's own timeline.
local function step(now, what, detail)
  local line = now .. ' ' .. what
  if detail ~= '' then line = line .. ' ' .. detail end
  return line .. '\n'
end

-- A step in the form of the partition's journal. Only an entry 'fulfilled' may name several orders, separated by spaces: a script that fulfills many writes
-- one for all, because an entry costs about as much as the order itself. JournalSteps.cs reads it; there is no notice of this step (NoticeOptions.cs).
local function journal(keys, session, what, detail)
  redis.call('XADD', keys.journal, '*', 'session', session, 'what', what, 'detail', detail)
end

-- Notifies the watchers of these orders that they have changed: one message with their session ids, on the channel next to the partition's
-- journal. Watchers read the order to learn how. A channel is not a key, so it is not declared.
local function announce(keys, ...)
  redis.call('PUBLISH', string.sub(keys.journal, 1, -8) .. 'changes', table.concat({ ... }, ' '))
end

-- A step in the order's own timeline and in the partition's journal, announced to the watchers.
local function record(keys, session, now, what, detail)
  redis.call('HSET', keys.order, 'timeline', (redis.call('HGET', keys.order, 'timeline') or '') .. step(now, what, detail))
  journal(keys, session, what, detail)
  announce(keys, session)
end

-- Acknowledges stream entries and deletes them.
local function settle(events, group, ...)
  redis.call('XACK', events, group, ...)
  redis.call('XDEL', events, ...)
end

-- An order has four parts. Sale: what was sold. Payment: unpaid | processing | paid | failed | expired. Returns: its refunds and
-- disputes. Fulfillment: none | ready | claimed | needs_review (held) | rejected | fulfilled. The field 'state' holds the fulfillment.
-- While there is no fulfillment, it holds the payment under the name that it has had since the first ledger; the field 'payment' is there only when
-- 'state' does not imply the payment.
local PAYMENT_OF = {
  created = 'unpaid', awaiting_payment = 'processing', failed = 'failed', expired = 'expired', claimed = 'paid', fulfilled = 'paid',
}
local STATE_OF = { unpaid = 'created', processing = 'awaiting_payment', failed = 'failed', expired = 'expired', paid = 'ready' }
local PAYMENT_RANK = { unpaid = 0, processing = 1, failed = 2, expired = 2, paid = 3 }

local function payment_of(state, payment, status)
  return payment or PAYMENT_OF[state] or (status == 'paid' or status == 'no_payment_required') and 'paid' or 'unpaid'
end

-- The state of an order, with the decisions of earlier ledgers: those kept 'needs_review' and had a field 'decision' next to it.
local function state_of(state, decision)
  if state ~= 'needs_review' or not decision then return state end
  return decision == 'approved' and 'ready' or 'rejected'
end

-- What the receiver packs into the field 'event' (EventEntry.cs), as a list whose first value is true; nil when the field holds anything else.
local PACKED = { 'id', 'type', 'object', 'livemode', 'traceparent', 'received_at', 'api_version' }
local function unpack_event(packed)
  local values = { pcall(cmsgpack.unpack, packed) }
  for n = 1, #PACKED do
    if type(values[n + 1]) ~= 'string' then return nil end
  end
  return values
end

-- The fields of an entry of the events or of the dead letters, and their values by name. What the receiver packed has fields of its own here, which
-- scripts and people read. The list lacks the fields of an earlier attempt.
local function fields_of(entry)
  local fields, values = {}, {}
  local function add(name, value)
    values[name] = value
    if name ~= 'attempts' and name ~= 'reason' then fields[#fields + 1], fields[#fields + 2] = name, value end
  end
  for i = 1, #entry[2], 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    local unpacked = name == 'event' and unpack_event(value)
    if unpacked then
      for n, packed in ipairs(PACKED) do add(packed, unpacked[n + 1]) end
    else
      add(name, value)
    end
  end
  return fields, values
end

-- Hands an order to the workers by an entry that reports no payment change and makes them fulfill an order that is ready.
local function enqueue(keys, session, now)
  redis.call('XADD', keys.events, '*', 'id', 'release_' .. session .. '_' .. text(now), 'type', 'checkout_aspire.order.released',
    'object', session, 'livemode', '0', 'traceparent', '', 'received_at', text(now), 'body', '{}')
  redis.call('PUBLISH', string.sub(keys.journal, 1, -8) .. 'signal', '')
end

-- Holds the fulfillment for one more cause until the cause ends or an operator decides. Facts are still recorded.
-- was: causes (lines of cause, space, reason), hold (the number of the last hold) and payment of the order.
-- A hold that comes while handlers run says which of them may have been called: those have been told of the order.
local function hold(keys, session, now, was, cause, reason)
  local called = redis.call('HGET', keys.order, 'called')
  if called then reason = reason .. ', after a call of ' .. string.gsub(called, ' ', ', ') end
  local causes = {}
  for line in string.gmatch(was.causes or '', '[^\n]+') do
    if string.sub(line, 1, #cause + 1) ~= cause .. ' ' then causes[#causes + 1] = line end
  end
  causes[#causes + 1] = cause .. ' ' .. reason
  redis.call('HSET', keys.order, 'state', 'needs_review', 'payment', was.payment, 'reason', reason,
    'causes', table.concat(causes, '\n'), 'hold', text((tonumber(was.hold) or 0) + 1))
  redis.call('HDEL', keys.order, 'lease_until', 'entry', 'decision')
  redis.call('ZREM', keys.owed, session)
  redis.call('ZADD', keys.held, 'NX', text(now), session)
  record(keys, session, now, 'needs_review', reason)
end

-- Ends a hold. A paid order is ready and goes to the workers; an unpaid one only if that is requested explicitly (unpaid).
local function release(keys, session, now, payment, unpaid)
  local ready = payment == 'paid' or unpaid
  redis.call('HDEL', keys.order, 'causes', 'reason')
  if ready then
    redis.call('HSET', keys.order, 'state', 'ready', 'payment', payment)
  else
    redis.call('HSET', keys.order, 'state', STATE_OF[payment])
    redis.call('HDEL', keys.order, 'payment')
  end
  redis.call('ZREM', keys.held, session)
  redis.call('ZREM', keys.owed, session)
  if ready then
    redis.call('ZADD', keys.owed, 'NX', text(now), session)
    enqueue(keys, session, now)
  end
end

-- Removes one cause of a hold. Returns how many are left, or nil when the order was not held for it.
local function remove_cause(keys, stored, cause)
  local causes, found = {}, false
  for line in string.gmatch(stored or '', '[^\n]+') do
    if string.sub(line, 1, #cause + 1) == cause .. ' ' then found = true else causes[#causes + 1] = line end
  end
  if not found then return nil end
  if #causes > 0 then
    redis.call('HSET', keys.order, 'causes', table.concat(causes, '\n'), 'reason', string.match(causes[#causes], ' (.*)$'))
  else
    redis.call('HDEL', keys.order, 'causes', 'reason')
  end
  return #causes
end

-- Removes one cause of a hold; the last one that ends releases the order.
local function end_cause(keys, session, now, was, cause, detail)
  if remove_cause(keys, was.causes, cause) ~= 0 then return false end
  release(keys, session, now, was.payment, false)
  record(keys, session, now, 'released', detail)
  return true
end

-- How the currency or the subtotal of a payment differs from what was sold, or nil.
local function difference(sold_currency, sold_subtotal, currency, subtotal)
  if sold_currency ~= currency then return string.format('currency %s was sold, %s was paid', sold_currency, currency) end
  if sold_subtotal ~= subtotal then return string.format('amount_subtotal %s was sold, %s was paid', sold_subtotal, subtotal) end
  return nil
end

-- How the last attempt to fulfill an order ended or began: the last of these steps in its timeline, or nil.
local ATTEMPT_STEPS = { claimed = true, postponed = true, given_up = true, redriven = true, retried = true, dismissed = true }
local function last_attempt(timeline)
  local last
  for what in string.gmatch(timeline or '', '%d+ (%S+)[^\n]*\n') do
    if ATTEMPT_STEPS[what] then last = what end
  end
  return last
end

-- The field 'attempts' with one more call of a handler, a line each: '1763884800123 license_keys failed 420' with the duration in ms. A long history keeps
-- its newest calls.
local function with_attempt(attempts, now, handler, outcome, ms)
  local lines = (attempts or '') .. text(now) .. ' ' .. handler .. ' ' .. outcome .. ' ' .. ms .. '\n'
  if #lines > 8192 then lines = string.match(lines, '\n(.*)$', #lines - 4096) end
  return lines
end

-- Adds a handler's name to those that may have been called: 'merchant_webhook license_keys'.
local function with_called(called, name)
  if not called or called == '' then return name end
  return string.find(' ' .. called .. ' ', ' ' .. name .. ' ', 1, true) and called or called .. ' ' .. name
end

-- Fulfills an order, and returns the detail of its journal entry; in the same script the caller writes that entry, announces the order, puts the
-- session into the outbox and settles the stream entry. State and timeline are the order's, as this very script has read them. In the timeline,
-- the proof follows the fence: ' evt_1', or ''. Further fields and values follow: they are written by one HSET, because each call of a script costs
-- about as much as what it does. When and how often an order was fulfilled is read from its timeline, because each field costs Redis half a microsecond.
local function fulfill(keys, session, now, fence, proof, state, timeline, ...)
  local detail = 'fence ' .. text(fence)
  -- A step, in one concatenation.
  redis.call('HSET', keys.order, 'state', 'fulfilled', 'timeline', (timeline or '') .. now .. ' fulfilled ' .. detail .. proof .. '\n', ...)
  -- No other order has a lease or is owed.
  if state == 'claimed' or state == 'ready' then
    redis.call('HDEL', keys.order, 'lease_until', 'entry', 'handlers', 'called', 'reason')
    redis.call('ZREM', keys.owed, session)
  end
  return detail
end
