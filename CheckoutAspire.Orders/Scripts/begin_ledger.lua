#!lua flags=allow-oom
-- Records when a partition's ledger began, unless that is recorded, and that this server holds it now.
--
-- KEYS  1 epoch
-- Reply {when it began, since when this server holds it: 0 for the first one}, Unix ms

expect_type(KEYS[1], 'string')
return { ledger_server(KEYS[1], now_ms()) }
