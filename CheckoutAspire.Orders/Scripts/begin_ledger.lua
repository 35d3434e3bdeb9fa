#!lua flags=allow-oom
-- Notes when a partition's ledger began, unless it has begun before.
--
-- KEYS  1 epoch
-- Reply when it began, Unix ms

expect_type(KEYS[1], 'string')
redis.call('SET', KEYS[1], now_ms(), 'NX')
return redis.call('GET', KEYS[1])
