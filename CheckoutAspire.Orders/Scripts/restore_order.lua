#!lua flags=allow-oom
-- Records a paid session that is older than this ledger. An earlier ledger was lost, and only the witness at Stripe knows the outcome.
--
-- KEYS  1-9 the order's ledger keys   10 zset of its owner's sessions, if it has an owner
-- ARGV  1 group   2 entry id   3 session id
--       4 when the witness says it was fulfilled, Unix ms, or '' without a witness
--       5.. field, value, …: what to record
-- Reply fulfilled: as witnessed, and no handler runs   needs_review: there is no witness, so an operator decides   duplicate: the order exists

local keys = ledger_keys()
if KEYS[10] then expect_type(KEYS[10], 'zset') end
local group, entry, session, witnessed = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local known = redis.call('HMGET', keys.order, 'state', 'predates', 'causes', 'hold')
if known[1] and not known[2] then
  settle(keys.events, group, entry)
  return 'duplicate'
end

local now = now_ms()
redis.call('HSET', keys.order, unpack(ARGV, 5))
redis.call('HDEL', keys.order, 'predates')
if KEYS[10] then redis.call('ZADD', KEYS[10], 'NX', now, session) end
-- Higher than every fence of the lost ledger, so that a merchant that remembers those does not reject an approved order as stale.
redis.call('HSET', keys.order, 'fence', now)
redis.call('ZREM', keys.open, session)
if witnessed ~= '' then
  redis.call('HSET', keys.order, 'state', 'fulfilled', 'fulfilled_at', witnessed)
  record(keys, session, now, 'fulfilled', 'restored from the witness at Stripe')
else
  hold(keys, session, now, { causes = known[3], hold = known[4], payment = 'paid' }, 'lost',
    'paid before this ledger began, and no witness says whether it was fulfilled')
end
settle(keys.events, group, entry)
return witnessed ~= '' and 'fulfilled' or 'needs_review'
