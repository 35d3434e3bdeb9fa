#!lua flags=allow-oom
-- How a handler stands.
--
-- KEYS  1 hash of the handler
-- ARGV  1 '' to look only; else the caller wants to make the next probe, which may take this many ms
-- Reply {failures in a row, '1' when it is paused, ms until the next probe, '1' when the caller makes the probe}

expect_type(KEYS[1], 'hash')
local known = redis.call('HMGET', KEYS[1], 'failures', 'paused_at', 'probe_at', 'paused_by')
-- What an operator has paused is not probed.
local NEVER = 31536000000
local wait = known[4] and NEVER or math.max(0, (tonumber(known[3]) or 0) - now_ms())
local probes = known[2] and wait == 0 and ARGV[1] ~= ''
if probes then redis.call('HSET', KEYS[1], 'probe_at', text(now_ms() + ARGV[1])) end
return { tonumber(known[1]) or 0, known[2] and 1 or 0, wait, probes and 1 or 0 }
