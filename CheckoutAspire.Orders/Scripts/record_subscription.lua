#!lua flags=allow-oom
-- Records the state of the subscription that a session began on the session's order: in any order of arrival, any number of times. Also
-- before the order itself is known.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 group   2 entry id   3 session id
--       4 status   5 '1' when it ends with its period   6 when it had this state, Unix seconds
--       7 why it ended, or ''   8 '1' when it was read from Stripe: then it is so now
--       9 '1' to record nothing when Redis has nothing of the order, which may be in the archive
-- Reply recorded   duplicate (nothing new)
--       ambiguous: another state of the same second is recorded; read the subscription from Stripe; the entry stays pending
--       unknown: Redis has nothing of the order; the entry stays pending

local keys = ledger_keys()
local group, entry, session = ARGV[1], ARGV[2], ARGV[3]
local status, ending, as_of, reason, read = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8] == '1'

if ARGV[9] == '1' and redis.call('EXISTS', keys.order) == 0 then return 'unknown' end

-- A subscription never leaves these.
local ENDED = { canceled = true, incomplete_expired = true }

-- '1763884800 past_due 0': when, status, whether it ends with its period.
local was_as_of, was_status, was_ending = string.match(
  redis.call('HGET', keys.order, 'subscription_state') or '', '^(%d+) (%S+) (%d)$')
local same = was_status == status and was_ending == ending

local function done(outcome)
  settle(keys.events, group, entry)
  return outcome
end

if ENDED[was_status or ''] then return done('duplicate') end
if was_status and not ENDED[status] and not read then
  if as_of < tonumber(was_as_of) then return done('duplicate') end
  if as_of == tonumber(was_as_of) and not same then return 'ambiguous' end
end

redis.call('HSET', keys.order, 'subscription_state', text(as_of) .. ' ' .. status .. ' ' .. ending)
local now = now_ms()
if ENDED[status] then
  record(keys, session, now, 'subscription_ended', reason)
elseif same then
  return done('duplicate')
elseif was_status or ending == '1' or status ~= 'active' and status ~= 'trialing' and status ~= 'incomplete' then
  record(keys, session, now, 'subscription_changed', status .. (ending == '1' and ', ends with its period' or ''))
end
return done('recorded')
