#!lua
-- Reserves the units of a sale, all of them or none. A sale that has reserved them already changes nothing.
--
-- KEYS  1 hash of the sale's units by product   2 hash of all reserved units by product   3 hash of all sold units by product
--       4 hash of the units of the sale that this one replaces, if it does: at most one of the two is paid, so that its units are free for this one
-- ARGV  product, units, all units that are offered, product, units, …
-- Reply {} reserved | {product, the units that are left of it}

for i = 1, #KEYS do expect_type(KEYS[i], 'hash') end
if #ARGV % 3 ~= 0 then error(redis.error_reply('ERR reserve_stock: product, units and stock must come together')) end
local function is_reserved(sale) return redis.call('EXISTS', sale) == 1 and redis.call('HEXISTS', sale, LAPSED) == 0 end
if is_reserved(KEYS[1]) then return {} end
local replaced = KEYS[4] and is_reserved(KEYS[4])

for i = 1, #ARGV, 3 do
  local taken = (tonumber(redis.call('HGET', KEYS[2], ARGV[i])) or 0) + (tonumber(redis.call('HGET', KEYS[3], ARGV[i])) or 0)
  if replaced then taken = taken - (tonumber(redis.call('HGET', KEYS[4], ARGV[i])) or 0) end
  local left = tonumber(ARGV[i + 2]) - taken
  if tonumber(ARGV[i + 1]) > left then return { ARGV[i], left } end
end
redis.call('DEL', KEYS[1])
for i = 1, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
return {}
