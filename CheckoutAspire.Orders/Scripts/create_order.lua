#!lua
-- Records a session that this application has just created.
--
-- KEYS  1-9 the order's ledger keys   10 zset of its owner's sessions   11 zset of its buyer's sessions, if the caller named the buyer
-- ARGV  1 session id   2 expires_at, Unix seconds   3.. field, value, field, value, …
-- Reply 1 created, 0 the order existed because a verified event was faster; only its missing fields are filled in

local keys = ledger_keys()
expect_type(keys.order, 'hash')
expect_type(KEYS[10], 'zset')
if KEYS[11] then expect_type(KEYS[11], 'zset') end
if #ARGV < 4 or #ARGV % 2 ~= 0 then error(redis.error_reply('ERR create_order: fields and values must pair')) end

local now = now_ms()
local session = ARGV[1]
if redis.call('EXISTS', keys.order) == 0 then
  redis.call('HSET', keys.order, unpack(ARGV, 3))
else
  for i = 3, #ARGV, 2 do redis.call('HSETNX', keys.order, ARGV[i], ARGV[i + 1]) end
end
redis.call('ZADD', KEYS[10], 'NX', now, session)
if KEYS[11] then redis.call('ZADD', KEYS[11], 'NX', now, session) end
if redis.call('HSETNX', keys.order, 'state', 'created') == 0 then
  -- The order was held because nothing proved that this installation sold it. This record does, and it has the amounts that were sold.
  local state, causes, hold_number, payment, status, subtotal, total, currency = unpack(redis.call('HMGET', keys.order,
    'state', 'causes', 'hold', 'payment', 'payment_status', 'amount_subtotal', 'amount_total', 'currency'))
  if state == 'needs_review' and string.find('\n' .. (causes or ''), '\norigin ', 1, true) then
    local was = { causes = causes, hold = hold_number, payment = payment_of(state, payment, status) }
    local recorded = {}
    for i = 3, #ARGV, 2 do recorded[ARGV[i]] = ARGV[i + 1] end
    redis.call('HSET', keys.order, 'amount_subtotal', recorded.amount_subtotal, 'amount_total', recorded.amount_total, 'currency', recorded.currency)
    if was.payment == 'paid' then
      redis.call('HSETNX', keys.order, 'paid_subtotal', subtotal)
      redis.call('HSETNX', keys.order, 'paid_total', total)
      redis.call('HSETNX', keys.order, 'paid_currency', currency)
      local differs = difference(recorded.currency, recorded.amount_subtotal, currency, subtotal)
      if not differs and total ~= recorded.amount_total and recorded.total_varies ~= '1' then
        differs = string.format('amount_total %s was sold, %s was paid', recorded.amount_total, total)
      end
      if differs then
        hold(keys, session, now, was, 'sale', differs)
        was.causes = redis.call('HGET', keys.order, 'causes')
      end
    end
    end_cause(keys, session, now, was, 'origin', 'its record arrived')
  end
  return 0
end

redis.call('ZADD', keys.open, ARGV[2], session)
record(keys, session, now, 'created', '')
-- A refund or a dispute arrived first.
if redis.call('HEXISTS', keys.order, 'causes') == 1 then
  redis.call('HSET', keys.order, 'state', 'needs_review', 'payment', 'unpaid')
  redis.call('ZADD', keys.held, 'NX', now, session)
end
return 1
