#!lua
-- Deletes a request: one that created no session, which then no longer counts toward its owner's daily cap, or one whose session has
-- ended.
--
-- KEYS  1 request hash   2 hash of what its owner has started to sell today   3 of what its buyer has, if the caller named the buyer
-- ARGV  1 the session that it created, or '' if it created none; the record of another session or a newer attempt is not changed
-- Reply 1 deleted, 0 there was nothing to delete

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'hash')
if KEYS[3] then expect_type(KEYS[3], 'hash') end

local known = redis.call('HMGET', KEYS[1], 'digest', 'session', 'day', 'amount', 'currency')
if not known[1] or (known[2] or '') ~= ARGV[1] then return 0 end

for i = 2, #KEYS do
  -- A hash without the currency did not count the request: its cap was set later.
  if ARGV[1] == '' and known[3] and redis.call('HGET', KEYS[i], 'day') == known[3] and redis.call('HEXISTS', KEYS[i], known[5]) == 1 then
    redis.call('HINCRBY', KEYS[i], known[5], -known[4])
  end
end
redis.call('DEL', KEYS[1])
return 1
