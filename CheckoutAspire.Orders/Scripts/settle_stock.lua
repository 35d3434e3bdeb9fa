#!lua flags=allow-oom
-- Ends the reservation of a sale: its units are sold, or available again.
--
-- KEYS  1 hash of the sale's units by product   2 hash of all reserved units by product   3 hash of all sold units by product
-- ARGV  1 commit, release, or lapse: the units are available again, and the sale can still be committed
-- Reply 1 settled, 0 the sale has reserved nothing or was settled before

for i = 1, 3 do expect_type(KEYS[i], 'hash') end
local what = ARGV[1]
local sale = redis.call('HGETALL', KEYS[1])
local has_lapsed = redis.call('HEXISTS', KEYS[1], LAPSED) == 1
if #sale == 0 or has_lapsed and what == 'lapse' then return 0 end

for i = 1, #sale, 2 do
  local product, units = sale[i], sale[i + 1]
  if product ~= LAPSED then
    if not has_lapsed and redis.call('HINCRBY', KEYS[2], product, -units) <= 0 then redis.call('HDEL', KEYS[2], product) end
    if what == 'commit' then redis.call('HINCRBY', KEYS[3], product, units) end
  end
end
if what == 'lapse' then redis.call('HSET', KEYS[1], LAPSED, 1) else redis.call('DEL', KEYS[1]) end
return 1
