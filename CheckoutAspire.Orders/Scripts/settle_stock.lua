#!lua flags=allow-oom
-- Ends the reservation of a sale: its units are sold, or available again.
--
-- KEYS  1 hash of the sale's units by product   2 hash of all reserved units by product   3 hash of all sold units by product
-- ARGV  1 commit or release
-- Reply 1 settled, 0 the sale has reserved nothing or was settled before

for i = 1, 3 do expect_type(KEYS[i], 'hash') end
local sale = redis.call('HGETALL', KEYS[1])
if #sale == 0 then return 0 end

for i = 1, #sale, 2 do
  if redis.call('HINCRBY', KEYS[2], sale[i], -sale[i + 1]) <= 0 then redis.call('HDEL', KEYS[2], sale[i]) end
  if ARGV[1] == 'commit' then redis.call('HINCRBY', KEYS[3], sale[i], sale[i + 1]) end
end
redis.call('DEL', KEYS[1])
return 1
