#!lua
-- Puts a dead letter back into the stream, once.
--
-- KEYS  1 dead stream   2 events stream   3 journal stream
-- ARGV  1 dead letter's id   2 who, and why   3 signal channel
-- Reply the new entry's id, or '' if the dead letter does not exist or was redriven before
--       unparsable: the dead letter has no event to process

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'stream')
expect_type(KEYS[3], 'stream')

local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return '' end

local fields, object = {}, nil
for i = 1, #found[2], 2 do
  local name = found[2][i]
  if name == 'object' then object = found[2][i + 1] end
  if name ~= 'reason' and name ~= 'attempts' then
    fields[#fields + 1], fields[#fields + 2] = name, found[2][i + 1]
  end
end
if not object then return 'unparsable' end

local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[3], '*', 'session', object, 'what', 'redriven', 'detail', ARGV[2])
redis.call('PUBLISH', ARGV[3], '')
return id
