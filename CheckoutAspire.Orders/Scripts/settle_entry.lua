#!lua flags=allow-oom
-- Acknowledges and deletes an entry that changes no order. Acknowledged alone, it would stay in the stream unseen.
--
-- KEYS  1 events stream
-- ARGV  1 group   2 entry id
-- Reply 1

expect_type(KEYS[1], 'stream')
settle(KEYS[1], ARGV[1], ARGV[2])
return 1
