#!lua
-- Gives a stream entry up: moves it to the dead letters with the reason.
--
-- KEYS  1 events stream   2 dead stream
-- ARGV  1 group   2 entry id   3 reason   4 attempts
-- Reply the dead letter's id, or '' when the entry was gone

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'stream')

local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if not found then
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
  return ''
end

local fields = found[2]
fields[#fields + 1], fields[#fields + 2] = 'reason', ARGV[3]
fields[#fields + 1], fields[#fields + 2] = 'attempts', ARGV[4]
local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
settle(KEYS[1], ARGV[1], ARGV[2])
return id
