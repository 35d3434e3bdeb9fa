#!lua flags=allow-oom
-- Takes over entries that their worker has left idle. A delivery count says how many workers an entry has ended, and one more: it grows when a worker
-- takes over from another one, and not when a worker takes up an entry of its own that it has lost.
--
-- KEYS  1 events stream
-- ARGV  1 group   2 consumer   3 lease, ms   4 ms after which the caller has lost an entry of its own: the reply that brought the entry did not
--       arrive, or its processing failed. It keeps those that it processes (keep_entries.lua)
--       5 where to begin: '-', or what the reply before says   6 the most entries to look at
-- Reply {where to go on, or '' at the end, {entry, deliveries}, …}

expect_type(KEYS[1], 'stream')
local group, consumer, count = ARGV[1], ARGV[2], tonumber(ARGV[6])

-- A released entry has this idle time, and the release has taken one delivery off its count (release_entries.lua).
local RELEASED = 86400000
local GRACE = 1000

-- How long an entry must have been idle. The lease is the longer one of both workers', whose settings may differ: 'web1-0f3c…-lease30000'.
local function abandoned_after(owner)
  if owner == consumer then return tonumber(ARGV[4]) end
  return math.max(tonumber(ARGV[3]), tonumber(string.match(owner, '%-lease(%d+)$')) or 0) + GRACE
end

local pending = redis.call('XPENDING', KEYS[1], group, 'IDLE', text(math.min(ARGV[3], ARGV[4])), ARGV[5], '+', count)
local reply = { #pending == count and '(' .. pending[count][1] or '' }
for _, entry in ipairs(pending) do
  local id, owner, idle, deliveries = unpack(entry)
  if idle >= abandoned_after(owner) then
    if owner ~= consumer or idle >= RELEASED then deliveries = deliveries + 1 end
    -- An entry that is no longer in the stream is not pending any more either.
    local taken = redis.call('XCLAIM', KEYS[1], group, consumer, 0, id, 'RETRYCOUNT', text(deliveries))[1]
    if taken then reply[#reply + 1] = { taken, deliveries } end
  end
end
return reply
