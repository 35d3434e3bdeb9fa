#!lua flags=allow-oom
-- Stripe refuses the witness of an order for good: removes the order from the outbox, and notes the refusal in its timeline.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 session id   2 Stripe's status and code
-- Reply 1, or 0 when it is not in the outbox any more

local keys = ledger_keys()
if redis.call('ZREM', keys.outbox, ARGV[1]) == 0 then return 0 end
record(keys, ARGV[1], now_ms(), 'unwitnessed', ARGV[2])
return 1
