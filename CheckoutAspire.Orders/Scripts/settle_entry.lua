#!lua flags=allow-oom
-- Done with an entry that moves no order: acknowledged and deleted in one step, or it would stay in the stream unseen.
--
-- KEYS  1 events stream
-- ARGV  1 group   2 entry id
-- Reply 1

expect_type(KEYS[1], 'stream')
settle(KEYS[1], ARGV[1], ARGV[2])
return 1
