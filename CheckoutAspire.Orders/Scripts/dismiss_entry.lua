#!lua
-- Deletes a dead letter that a person dismisses; the journal keeps who did so, and why.
--
-- KEYS  1 dead stream   2 journal stream
-- ARGV  1 dead letter's id   2 who, and why
-- Reply 1, or 0 when the dead letter is gone

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'stream')

local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return 0 end
local object, reason = '-', ''
for i = 1, #found[2], 2 do
  if found[2][i] == 'object' then object = found[2][i + 1] elseif found[2][i] == 'reason' then reason = found[2][i + 1] end
end
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'session', object, 'what', 'dismissed', 'detail', ARGV[2] .. ' (dead letter ' .. ARGV[1] .. ': ' .. reason .. ')')
return 1
