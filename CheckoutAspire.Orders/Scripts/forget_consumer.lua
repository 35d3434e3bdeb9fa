#!lua flags=allow-oom
-- Deletes a consumer that has nothing pending: with pending entries, XGROUP DELCONSUMER would lose them.
--
-- KEYS  1 events stream
-- ARGV  1 group   2 consumer
-- Reply 1 deleted, 0 it has pending entries

expect_type(KEYS[1], 'stream')
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
