#!lua flags=allow-oom
-- A call of a handler succeeded: its failures are forgotten, and it resumes unless an operator has paused it.
--
-- KEYS  1 hash of the handler
-- Reply 1 when this success resumed it, else 0

expect_type(KEYS[1], 'hash')
local known = redis.call('HMGET', KEYS[1], 'paused_at', 'paused_by')
redis.call('HDEL', KEYS[1], 'failures', 'orders', 'last_order', 'newest', 'since', 'probes', 'probe_at')
if not known[1] or known[2] then return 0 end
redis.call('HDEL', KEYS[1], 'paused_at')
return 1
