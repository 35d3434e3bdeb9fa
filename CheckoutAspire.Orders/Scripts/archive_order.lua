#!lua flags=allow-oom
-- Moves a settled order out of Redis, in two calls. The first one replies the order. Then the caller writes it to the archive, durably. The second one
-- removes the order, with what lists it, and leaves a tombstone, unless the order has changed since the first call.
--
-- KEYS  1-9 the order's ledger keys   10 hash of the partition's tombstones: how many there are, and how many sets hold them
--       11 the set of the order's tombstone   12 zset of the renewals of the order's subscription
--       of the second call also: 13 the next new set of tombstones   14 the set from which it takes its share   15.. the zsets that list the order
-- ARGV  1 session id   2 the order must not have changed since this time, Unix ms   3 digest that the first call replied, or '' for the first call
--       of the second call also: 4 the tombstone   5 how many sets of tombstones the caller knows
-- Reply {what}
--       unknown: Redis does not have the order   recent: its last step is younger
--       open: it is not settled, and it has another step when it is   later: what it waits for is not a step; look again later
--       {'settled', digest, renewals {invoice, seconds, …}, fields {field, value, …}}: reply of the first call
--       moved, changed, {'layout', how many sets there are}: replies of the second call

local keys = ledger_keys()
expect_type(keys.order, 'hash')
expect_type(KEYS[10], 'hash')
expect_type(KEYS[11], 'set')
for i = 12, #KEYS do expect_type(KEYS[i], (i == 13 or i == 14) and 'set' or 'zset') end
local session, before, digest = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local ended = { canceled = true, incomplete_expired = true }

-- Why an order stays, or nil.
local function stays(order)
  if not order.state then return 'unknown' end
  local last = tonumber(string.match(order.timeline or '', '(%d+) [^\n]*\n$'))
  if not last then return 'open' end
  if last >= before then return 'recent' end

  local state = state_of(order.state, order.decision)
  local payment = payment_of(state, order.payment, order.payment_status)
  if state ~= 'fulfilled' and state ~= 'rejected' and state ~= 'failed' and state ~= 'expired' then return 'open' end
  if payment ~= 'paid' and payment ~= 'failed' and payment ~= 'expired' then return 'open' end
  -- Stripe refused the witness: if the archive were lost, nothing else would know that the order was fulfilled.
  if string.find('\n' .. order.timeline, '\n%d+ unwitnessed ') then return 'open' end
  if order.subscription and not ended[string.match(order.subscription_state or '', '^%d+ (%S+)') or ''] then return 'open' end
  local pending = false
  for field, value in pairs(order) do
    local kind = string.match(field, '^(%a+):')
    if kind == 'dispute' or kind == 'refund' then
      local effect, status = string.match(value, '^%d+ %d+ %d+ (%S+) (%S+)')
      if kind == 'dispute' and effect ~= 'none' and status ~= 'lost' then return 'open' end
      if kind == 'refund' and (status == 'pending' or status == 'requires_action') then pending = true end
    end
  end
  if pending then return 'later' end
  for _, index in ipairs({ keys.open, keys.owed, keys.outbox, keys.held }) do
    if redis.call('ZSCORE', index, session) then return 'later' end
  end
end

local flat = redis.call('HGETALL', keys.order)
local order = {}
for i = 1, #flat, 2 do order[flat[i]] = flat[i + 1] end
local reason = stays(order)
if reason then return { reason } end

local renewals = redis.call('ZRANGE', KEYS[12], 0, -1, 'WITHSCORES')
local is = redis.sha1hex(table.concat(flat, '\n') .. '\n' .. table.concat(renewals, '\n'))
if digest == '' then return { 'settled', is, renewals, flat } end
if digest ~= is then return { 'changed' } end

local known = redis.call('HMGET', KEYS[10], 'buckets', 'orders')
local buckets, orders = tonumber(known[1] or '1'), tonumber(known[2] or '0')
if buckets ~= tonumber(ARGV[5]) then return { 'layout', text(buckets) } end

redis.call('DEL', keys.order, KEYS[12])
for i = 15, #KEYS do redis.call('ZREM', KEYS[i], session) end
orders = orders + redis.call('SADD', KEYS[11], ARGV[4])

-- At most twice as many are in a set before it is its turn to give a share, and a set of integers is compact up to 512
-- (set-max-intset-entries).
local PER_SET = 210
if orders > PER_SET * buckets then
  local modulus = 1
  while modulus <= buckets do modulus = modulus * 2 end
  local moving = {}
  for _, tombstone in ipairs(redis.call('SMEMBERS', KEYS[14])) do
    if tonumber(tombstone) % modulus == buckets then moving[#moving + 1] = tombstone end
  end
  if #moving > 0 then
    redis.call('SADD', KEYS[13], unpack(moving))
    redis.call('SREM', KEYS[14], unpack(moving))
  end
  buckets = buckets + 1
end
redis.call('HSET', KEYS[10], 'buckets', text(buckets), 'orders', text(orders))
return { 'moved' }
