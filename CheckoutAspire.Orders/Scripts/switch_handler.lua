#!lua
-- An operator pauses a handler, or resumes one that an operator or its own failures have paused.
--
-- KEYS  1 hash of the handler
-- ARGV  1 paused | resumed   2 who, and why
-- Reply 1, or 0 when it stands so already

expect_type(KEYS[1], 'hash')
local known = redis.call('HMGET', KEYS[1], 'paused_at', 'paused_by', 'changes')
local now = now_ms()
if ARGV[1] == 'paused' then
  if known[2] then return 0 end
  redis.call('HSET', KEYS[1], 'paused_at', known[1] or text(now), 'paused_by', ARGV[2])
else
  if not known[1] then return 0 end
  redis.call('HDEL', KEYS[1], 'paused_at', 'paused_by', 'probe_at', 'probes', 'failures', 'orders', 'last_order', 'since')
end

-- The newest ten changes, a line each.
local changes, lines = step(now, ARGV[1], ARGV[2]), 1
for line in string.gmatch(known[3] or '', '[^\n]+') do
  if lines < 10 then changes, lines = changes .. line .. '\n', lines + 1 end
end
redis.call('HSET', KEYS[1], 'changes', changes)
return 1
