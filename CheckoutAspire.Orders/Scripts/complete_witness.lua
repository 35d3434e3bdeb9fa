#!lua flags=allow-oom
-- Stripe has the witness of an order: removes the order from the outbox. The order cannot be paid again, and stays in Redis for
-- weeks: its link, which is about half of it, is deleted too.
--
-- KEYS  1 order hash   2 outbox zset
-- ARGV  1 session id
-- Reply 1, or 0 when it is not in the outbox any more

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'zset')
local removed = redis.call('ZREM', KEYS[2], ARGV[1])
local state, reference = unpack(redis.call('HMGET', KEYS[1], 'state', 'client_reference_id'))
if state == 'fulfilled' then
  redis.call('HDEL', KEYS[1], 'checkout_url', 'short_link')
  if reference == '' then redis.call('HDEL', KEYS[1], 'client_reference_id') end
end
return removed
