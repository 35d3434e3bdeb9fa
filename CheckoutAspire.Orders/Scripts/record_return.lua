#!lua flags=allow-oom
-- Records on an order the state of a refund or a dispute, or how much of a charge is refunded. Facts may arrive in any order, repeatedly,
-- and before the order itself is known.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 group   2 entry id   3 session id
--       4 kind: refund | dispute | charge   5 the object's id   6 its status
--       7 rank of the status: higher ones come later in the object's life
--       8 when it had this state, Unix seconds   9 amount in minor units (of a charge: refunded so far)   10 currency   11 reason, or ''
--       12 '1' if it was read from Stripe and is therefore the current state
--       13 effect of the status: counts (money was returned or is withheld) | open (an operator should look) | none
--       14 '1' to record nothing when Redis has nothing of the order, which may be in the archive
-- Reply recorded, duplicate (nothing new)
--       needs_review: recorded, and it holds the fulfillment
--       unknown: Redis has nothing of the order; the entry stays pending

local keys = ledger_keys()
local group, entry, session, kind, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local rank, as_of, amount, effect = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[13]
local flat = redis.call('HGETALL', keys.order)
if #flat == 0 and ARGV[14] == '1' then return 'unknown' end
local order = {}
for i = 1, #flat, 2 do order[flat[i]] = flat[i + 1] end

local function done(outcome)
  settle(keys.events, group, entry)
  return outcome
end

-- refund:re_1 and dispute:du_1 hold 'rank as_of amount effect status currency reason'.
local function parse(value)
  local r, t, a, e, s = string.match(value or '', '^(%d+) (%d+) (%d+) (%S+) (%S+)')
  return r and { rank = tonumber(r), as_of = tonumber(t), amount = tonumber(a), effect = e, status = s } or nil
end

-- The refunded total: the refunds that count, and what the charge reports beyond the refunds that it can include.
-- OrderReturn.SumRefunds computes the same.
local function refunded()
  local charged, sum, included = tonumber(order.refunded_amount) or 0, 0, 0
  for field, value in pairs(order) do
    local refund = string.sub(field, 1, 7) == 'refund:' and parse(value)
    if refund and refund.effect == 'counts' then sum = sum + refund.amount end
    if refund and refund.amount <= charged then included = included + refund.amount end
  end
  return sum + math.max(0, charged - included)
end

local function set(field, value)
  order[field] = value
  redis.call('HSET', keys.order, field, value)
end

local before, was = refunded(), nil
if kind == 'charge' then
  -- The charge's amount excludes refunds that failed before it. They are added, so that refunded_amount is all that was ever refunded.
  local known, known_as_of, drops = tonumber(order.refunded_amount) or 0, tonumber(order.refunded_as_of) or 0, false
  for field, value in pairs(order) do
    local refund = string.sub(field, 1, 7) == 'refund:' and parse(value)
    if refund and refund.effect == 'none' then
      if refund.as_of < as_of then amount = amount + refund.amount else drops = true end
    end
  end
  -- Within a second a smaller amount is older, unless a refund failed in it.
  if as_of < known_as_of or as_of == known_as_of and (amount == known or amount < known and not drops) then return done('duplicate') end
  set('refunded_amount', text(amount))
  set('refunded_as_of', text(as_of))
else
  local field = kind .. ':' .. id
  was = parse(order[field])
  -- Events have Stripe's time, and objects that were read have ours: a status that comes later in a dispute's life is newer even if its time is not.
  local newer = not was or rank > was.rank or kind == 'dispute' and as_of > was.as_of
  if not newer and ARGV[12] == '1' then newer = was.status ~= ARGV[6] or was.amount ~= amount end
  if not newer then return done('duplicate') end
  if kind == 'dispute' and was then as_of = math.max(as_of, was.as_of) end
  set(field, string.format('%d %d %d %s %s %s %s', rank, as_of, amount, effect, ARGV[6], ARGV[10], ARGV[11]))
end

local now, after = now_ms(), refunded()
if kind == 'dispute' then
  if was and was.status == ARGV[6] and was.effect == effect then return done('duplicate') end
  local what = effect ~= 'none' and 'disputed' or 'dispute_closed'
  if effect == 'open' then what = 'inquiry' end
  local detail = string.format('%d %s %s', amount, ARGV[10], ARGV[11])
  if not was or was.effect ~= effect or ARGV[6] == 'lost' then
    if ARGV[6] == 'won' or ARGV[6] == 'lost' then what = 'dispute_' .. ARGV[6] end
    record(keys, session, now, what, (string.gsub(detail, ' +$', '')))
  end
elseif after ~= before then
  local paid = order.paid_total or order.amount_total or '?'
  record(keys, session, now, after > before and 'refunded' or 'refund_failed',
    string.format('%d of %s %s', after, paid, order.paid_currency or order.currency or ARGV[10]))
end

local state = state_of(order.state, order.decision)
if state == 'fulfilled' or state == 'rejected' then return done('recorded') end

local held = { causes = order.causes, hold = order.hold, payment = payment_of(state, order.payment, order.payment_status) }
local cause = kind == 'dispute' and id or 'refunds'
local stops, stopped
if kind == 'dispute' then
  stops, stopped = effect ~= 'none', was and was.effect ~= 'none' and not (was.effect == 'open' and effect == 'counts')
else
  stops, stopped = after > 0, after <= before
end
if stops and not stopped then
  hold(keys, session, now, held, cause, kind == 'dispute' and 'disputed before it was fulfilled' or 'refunded before it was fulfilled')
  -- If the order is not known yet, only the return is stored, and the order is held when it is recorded.
  if not state then redis.call('HDEL', keys.order, 'state', 'payment') end
  return done('needs_review')
end
if not stops then
  if state then
    end_cause(keys, session, now, held, cause, kind .. ' ' .. ARGV[6])
  elseif remove_cause(keys, order.causes, cause) == 0 then
    redis.call('ZREM', keys.held, session)
  end
end
return done('recorded')
