#!lua flags=allow-oom
-- Ends the claim of a request that replaces an order's checkout: notes the session that replaces it, or gives the claim back.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 session id   2 the reference of the request's own order   3 the session that replaces it; '' if the request was given up
-- Reply 1 ended, 0 the claim was not this request's, or had ended

local keys = ledger_keys()
expect_type(keys.order, 'hash')

local replacement, replaced_by = unpack(redis.call('HMGET', keys.order, 'replacement', 'replaced_by'))
if replacement ~= ARGV[2] or replaced_by then return 0 end
if ARGV[3] == '' then return redis.call('HDEL', keys.order, 'replacement') end

redis.call('HSET', keys.order, 'replaced_by', ARGV[3])
record(keys, ARGV[1], now_ms(), 'replaced', ARGV[3])
return 1
