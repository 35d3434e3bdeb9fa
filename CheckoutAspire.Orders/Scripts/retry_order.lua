#!lua
-- An operator has a paid order tried now, instead of when its retry is due. The attempt counts as any other.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 session id   2 who, and why
-- Reply retried
--       unknown: Redis has no such order   not_waiting: it waits for no attempt   busy: a worker has it
--       given_up: its event is a dead letter   paused: it waits for a paused handler

local keys = ledger_keys()
expect_type(keys.retry, 'zset')
local session = ARGV[1]
local state, decision, lease, claimed_by, timeline = unpack(redis.call('HMGET', keys.order, 'state', 'decision', 'lease_until', 'entry', 'timeline'))
if not state then return 'unknown' end
state = state_of(state, decision)
if state ~= 'ready' and state ~= 'claimed' then return 'not_waiting' end

-- The entry of this order among those that wait for a retry.
local function find(from, to)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', keys.retry, from, to, 'LIMIT', 0, 10000)) do
    local fields = cmsgpack.unpack(member)
    for i = 1, #fields, 2 do
      if fields[i] == 'object' and fields[i + 1] == session then return member, fields end
    end
  end
end

local now = now_ms()
local until_ms = tonumber(lease) or 0
if state == 'claimed' then
  local last = last_attempt(timeline)
  if last == 'given_up' then return 'given_up' end
  if claimed_by == '' and until_ms == 0 and last ~= 'redriven' and last ~= 'retried' and last ~= 'dismissed' then return 'paused' end
end
if state == 'claimed' and until_ms > now then
  if claimed_by ~= '' then return 'busy' end
  -- The claim lasts until the retry is due, unless the clock was set back.
  local member, fields = find(lease, lease)
  if not member then member, fields = find('-inf', '(' .. text(PARKED)) end
  if not member then return 'busy' end
  redis.call('ZREM', keys.retry, member)
  redis.call('XADD', keys.events, '*', unpack(fields))
  redis.call('HSET', keys.order, 'lease_until', 0)
  redis.call('PUBLISH', string.sub(keys.journal, 1, -8) .. 'signal', '')
else
  enqueue(keys, session, now)
end
record(keys, session, now, 'retried', ARGV[2])
return 'retried'
