#!lua flags=allow-oom
-- Schedules an entry's retry after a failed attempt, or dead-letters it after the last attempt.
--
-- KEYS  1-9 the order's ledger keys; the order's hash need not exist
-- ARGV  1 group   2 entry id   3 session id   4 fence of the claim, or '' when nothing was claimed, or by an
--       earlier worker: then giving the entry up gives up that claim too
--       5 attempts made, this one included   6 attempts allowed   7 delay, ms; negative to park the entry until a paused handler resumes,
--       which is not an attempt   8 reason, without payload
--       9 name of the handler that failed, or ''   10 how long its call took, ms
-- Reply postponed, dead
--       stale: a later claim took over; nothing was written
--       gone: the entry is no longer in the stream

local keys = ledger_keys()
expect_type(keys.retry, 'zset')
expect_type(keys.dead, 'stream')
local group, entry, session, fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local attempts, allowed, delay = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

-- An order whose key has another type has no claim. Its entry is dead-lettered too and does not block the entries behind it.
local order = redis.pcall('HMGET', keys.order, 'state', 'fence', 'entry', 'attempts')
if fence ~= '' and (order[1] ~= 'claimed' or order[2] ~= fence) then return 'stale' end

local found = redis.call('XRANGE', keys.events, entry, entry)[1]
if not found then
  redis.call('XACK', keys.events, group, entry)
  return 'gone'
end

-- The claim may have been made by this entry without the caller's knowledge: its reply was lost, or another worker took the entry over while
-- the caller was paused. It must not outlast the retry, which has an id of its own and would count as a copy.
local holds_claim = fence ~= '' or order[1] == 'claimed' and order[3] == entry

local now = now_ms()
local fields = fields_of(found)
fields[#fields + 1], fields[#fields + 2] = 'attempts', tostring(attempts)

if holds_claim and ARGV[9] ~= '' then redis.call('HSET', keys.order, 'attempts', with_attempt(order[4], now, ARGV[9], 'failed', ARGV[10])) end

local parked = delay < 0
if attempts >= allowed and not parked then
  fields[#fields + 1], fields[#fields + 2] = 'reason', ARGV[8]
  redis.call('XADD', keys.dead, '*', unpack(fields))
  if holds_claim then
    redis.call('HSET', keys.order, 'lease_until', 0, 'entry', '', 'reason', ARGV[8])
    record(keys, session, now, 'given_up', ARGV[8])
  end
  settle(keys.events, group, entry)
  return 'dead'
end

redis.call('ZADD', keys.retry, parked and PARKED + now or now + delay, cmsgpack.pack(fields))
if holds_claim and parked then
  -- A copy of the event meanwhile is parked too, and finds the order fulfilled later.
  redis.call('HSET', keys.order, 'lease_until', 0, 'entry', '', 'reason', ARGV[8])
elseif holds_claim then
  -- The claim lasts until the retry is due: a copy of the event meanwhile finds it and adds nothing.
  redis.call('HSET', keys.order, 'lease_until', now + delay, 'entry', '')
  record(keys, session, now, 'postponed', string.format('attempt %d: %s', attempts, ARGV[8]))
end
settle(keys.events, group, entry)
return 'postponed'
