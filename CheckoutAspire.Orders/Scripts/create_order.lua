#!lua
-- Records a session that this application has just created.
--
-- KEYS  1-9 the order's ledger keys   10 zset of its owner's sessions   11 zset of its buyer's sessions, if the caller named the buyer
-- ARGV  1 session id   2 expires_at, Unix seconds   3.. field, value, field, value, …
-- Reply 1 created, 0 the order stood already: a verified event was faster, and only fields it lacked are filled in

local keys = ledger_keys()
expect_type(keys.order, 'hash')
expect_type(KEYS[10], 'zset')
if KEYS[11] then expect_type(KEYS[11], 'zset') end
if #ARGV < 4 or #ARGV % 2 ~= 0 then error(redis.error_reply('ERR create_order: fields and values must pair')) end

local now = now_ms()
local session = ARGV[1]
for i = 3, #ARGV, 2 do
  redis.call('HSETNX', keys.order, ARGV[i], ARGV[i + 1])
end
redis.call('ZADD', KEYS[10], 'NX', now, session)
if KEYS[11] then redis.call('ZADD', KEYS[11], 'NX', now, session) end
if redis.call('HSETNX', keys.order, 'state', 'created') == 0 then
  -- It was held because nothing proved that this installation sold it; this record does.
  local order = redis.call('HMGET', keys.order, 'state', 'causes', 'hold', 'payment', 'payment_status')
  if order[1] == 'needs_review' then
    end_cause(keys, session, now,
      { causes = order[2], hold = order[3], payment = payment_of(order[1], order[4], order[5]) }, 'origin', 'its record arrived')
  end
  return 0
end

redis.call('ZADD', keys.open, ARGV[2], session)
record(keys, session, now, 'created', '')
-- A refund or a dispute came first.
if redis.call('HEXISTS', keys.order, 'causes') == 1 then
  redis.call('HSET', keys.order, 'state', 'needs_review', 'payment', 'unpaid')
  redis.call('ZADD', keys.held, 'NX', now, session)
end
return 1
