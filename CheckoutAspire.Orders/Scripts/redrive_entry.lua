#!lua
-- Puts a dead letter back into the stream, once. An order that was given up with it waits for a worker again.
--
-- KEYS  1 dead stream   2 events stream   3 journal stream   4 order hash of the dead letter's object, which need not exist
-- ARGV  1 dead letter's id   2 who, and why   3 signal channel
-- Reply the new entry's id, or '' if the dead letter does not exist or was redriven before
--       unparsable: the dead letter has no event to process

expect_type(KEYS[1], 'stream')
expect_type(KEYS[2], 'stream')
expect_type(KEYS[3], 'stream')

local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return '' end

local fields, letter = fields_of(found)
local object = letter.object
if not object then return 'unparsable' end

local keys = { order = KEYS[4], journal = KEYS[3] }
-- An object that is not an order has no hash, and a key of another type has no state.
local order = redis.pcall('HMGET', keys.order, 'state', 'timeline')
local id = redis.call('XADD', KEYS[2], '*', unpack(fields))
redis.call('XDEL', KEYS[1], ARGV[1])
if order[1] then
  -- Without a reason, reconciliation finds the order if the entry is lost too.
  if order[1] == 'claimed' and last_attempt(order[2]) == 'given_up' then redis.call('HDEL', keys.order, 'reason') end
  record(keys, object, now_ms(), 'redriven', ARGV[2])
else
  journal(keys, object, 'redriven', ARGV[2])
end
redis.call('PUBLISH', ARGV[3], '')
return id
