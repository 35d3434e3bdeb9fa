#!lua
-- Deletes a dead letter that an operator dismisses; the journal, and the timeline of its order, keep who did so, and why.
--
-- KEYS  1 dead stream   2 journal stream   3 order hash of the dead letter's object, which need not exist
-- ARGV  1 dead letter's id   2 who, and why
-- Reply 1, or 0 when the dead letter is gone

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'stream')

local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return 0 end
local _, letter = fields_of(found)
local object, reason = letter.object or '-', letter.reason or ''
local keys = { order = KEYS[3], journal = KEYS[2] }
local detail = ARGV[2] .. ' (dead letter ' .. ARGV[1] .. ': ' .. reason .. ')'
redis.call('XDEL', KEYS[1], ARGV[1])
-- An object that is not an order has no hash, and a key of another type has no state.
if redis.pcall('HMGET', keys.order, 'state')[1] then
  record(keys, object, now_ms(), 'dismissed', detail)
else
  journal(keys, object, 'dismissed', detail)
end
return 1
