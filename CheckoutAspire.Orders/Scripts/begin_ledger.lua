#!lua flags=allow-oom
-- Notes when a partition's ledger began, unless it has begun before, and that it is now on this server.
--
-- KEYS  1 epoch
-- Reply {when it began, since when this server holds it: 0 for the first one}, Unix ms

expect_type(KEYS[1], 'string')
return { ledger_server(KEYS[1], now_ms()) }
