#!lua
-- Claims an order for the one request that replaces its checkout, before that request calls Stripe. Of two requests, one gets the claim.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 the reference of the request's own order
-- Reply {'claimed', ''} | {'taken', the session that replaces it, or '' while the other request has not finished}
--       {'completed', the order's state} | {'unknown', ''}

local keys = ledger_keys()
expect_type(keys.order, 'hash')

local state, replacement, replaced_by = unpack(redis.call('HMGET', keys.order, 'state', 'replacement', 'replaced_by'))
if not state then return { 'unknown', '' } end
if replacement and replacement ~= ARGV[1] then return { 'taken', replaced_by or '' } end
if state ~= 'created' and state ~= 'expired' then return { 'completed', state } end
redis.call('HSET', keys.order, 'replacement', ARGV[1])
return { 'claimed', '' }
