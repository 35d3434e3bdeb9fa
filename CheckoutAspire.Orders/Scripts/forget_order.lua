#!lua flags=allow-oom
-- Deletes what an order says about its buyer. Amounts, states and the order itself stay.
--
-- KEYS  1-9 the order's ledger keys   10 zset of its buyer's sessions, if it has one
-- ARGV  1 session id   2 who, and why   3.. the fields to delete
-- Reply 1, or 0 when Redis does not have the order

local keys = ledger_keys()
if KEYS[10] then expect_type(KEYS[10], 'zset') end
if redis.call('HEXISTS', keys.order, 'state') == 0 then return 0 end
if KEYS[10] then redis.call('ZREM', KEYS[10], ARGV[1]) end
if redis.call('HDEL', keys.order, unpack(ARGV, 3)) > 0 then record(keys, ARGV[1], now_ms(), 'buyer_forgotten', ARGV[2]) end
return 1
