#!lua
-- Records a request before Stripe is called, or returns the result of the same earlier request. Its amount counts from now on toward its
-- owner's daily cap (UTC). The check and the write are one step, so concurrent calls cannot exceed the cap.
--
-- KEYS  1 request hash   2 hash of what its owner has started to sell today: the day, and an amount for each currency
--       3 string that proves, to the worker, that this installation asked for the sale
--       4 like 2, of what its buyer has begun to buy today, if the caller named the buyer
-- ARGV  1 digest of the caller's arguments   2 the whole request as JSON
--       3 lease, ms: how long one attempt may take   4 how long the record is kept, ms
--       5 amount   6 currency   7 the owner's cap in that currency, or '' without a cap, when nothing is counted
--       8 the sale's 'amount currency', or '' if only Stripe knows it; 9 how long that proof is kept, ms
--       10 the buyer's cap in that currency, or '' without one
-- Reply {'started', request} | {'resumed', request: the one written first, to be replayed exactly}
--       {'done', session id} | {'in_flight', ms until the lease ends} | {'conflict', ''}
--       {'cap_exceeded', ms until the next day} | {'buyer_cap_exceeded', ms until the next day}

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'hash')
expect_type(KEYS[3], 'string')
if KEYS[4] then expect_type(KEYS[4], 'hash') end
local now = now_ms()

local known = redis.call('HMGET', KEYS[1], 'digest', 'session', 'lease_until', 'request')
if known[1] then
  if known[1] ~= ARGV[1] then return { 'conflict', '' } end
  if known[2] then return { 'done', known[2] } end

  local lease_until = tonumber(known[3])
  if lease_until > now then return { 'in_flight', tostring(lease_until - now) } end
  redis.call('HSET', KEYS[1], 'lease_until', now + ARGV[3])
  return { 'resumed', known[4] }
end

local day_ms = 86400000
local day = math.floor(now / day_ms)
local counted = {}
for _, capped in ipairs({ { KEYS[2], ARGV[7], 'cap_exceeded' }, { KEYS[4], ARGV[10], 'buyer_cap_exceeded' } }) do
  local cap = tonumber(capped[2])
  if cap then
    local spent = redis.call('HMGET', capped[1], 'day', ARGV[6])
    local today = tonumber(spent[1]) == day
    local total = (today and tonumber(spent[2]) or 0) + tonumber(ARGV[5])
    if total > cap then return { capped[3], tostring((day + 1) * day_ms - now) } end
    counted[#counted + 1] = { key = capped[1], today = today, total = total }
  end
end

for _, sold in ipairs(counted) do
  if not sold.today then redis.call('DEL', sold.key) end
  redis.call('HSET', sold.key, 'day', day, ARGV[6], sold.total)
  redis.call('PEXPIRE', sold.key, 2 * day_ms)
  redis.call('HSET', KEYS[1], 'day', day, 'amount', ARGV[5], 'currency', ARGV[6])
end

redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'request', ARGV[2], 'lease_until', now + ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[3], ARGV[8], 'PX', ARGV[9])
return { 'started', ARGV[2] }
