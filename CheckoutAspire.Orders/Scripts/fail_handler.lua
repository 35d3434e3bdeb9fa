#!lua flags=allow-oom
-- Counts a failure of a handler. After some in a row, of several orders, the handler is paused: orders wait, and one probe at a time is made.
--
-- KEYS  1 hash of the handler
-- ARGV  1 order id   2 reason, without payload   3 failures in a row, 4 and orders among them, after which it pauses
--       5 ms until the first probe   6 the most ms between two probes   7 '1' when the call was a probe
--       8 ms until the next probe that the handler has asked for, or 0; it may be more than 6
-- Reply 1 when this failure paused the handler, else 0

expect_type(KEYS[1], 'hash')
local known = redis.call('HMGET', KEYS[1], 'failures', 'orders', 'last_order', 'paused_at', 'probes', 'newest', 'since')
local now = now_ms()
local failures = (tonumber(known[1]) or 0) + 1
local orders = (tonumber(known[2]) or 0) + (known[3] == ARGV[1] and 0 or 1)
local newest, lines = now .. ' ' .. ARGV[1] .. ' ' .. ARGV[2] .. '\n', 1
for line in string.gmatch(known[6] or '', '[^\n]+') do
  if lines < 10 then newest, lines = newest .. line .. '\n', lines + 1 end
end
redis.call('HSET', KEYS[1], 'failures', failures, 'orders', orders, 'last_order', ARGV[1], 'newest', newest, 'since', known[7] or now)

local function probe_in(probes)
  local delay = math.max(tonumber(ARGV[8]), math.min(tonumber(ARGV[6]), ARGV[5] * 2 ^ math.min(probes, 30)))
  redis.call('HSET', KEYS[1], 'probes', probes, 'probe_at', text(now + delay))
end
if known[4] then
  if ARGV[7] == '1' then probe_in((tonumber(known[5]) or 0) + 1) end
  return 0
end
if failures < tonumber(ARGV[3]) or orders < tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'paused_at', now)
probe_in(0)
return 1
