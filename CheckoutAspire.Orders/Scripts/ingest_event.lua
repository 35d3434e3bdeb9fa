#!lua
-- Puts a verified event into the stream and rings the doorbell.
--
-- KEYS  1 events stream
-- ARGV  1 doorbell channel   2.. field, value, … of the entry (EventEntry.cs names them)
-- Reply the entry's id

expect_type(KEYS[1], 'stream')

local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('PUBLISH', ARGV[1], '')
return id
