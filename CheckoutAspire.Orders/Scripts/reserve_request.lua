#!lua flags=allow-oom
-- Reserves the next request within a rate that all workers share.
--
-- KEYS  1 when the next request is free, Unix ms
-- ARGV  1 ms between two requests   2 how many unused requests are kept for later
-- Reply ms to wait before the request

expect_type(KEYS[1], 'string')

local now, interval = now_ms(), tonumber(ARGV[1])
local free = tonumber(redis.call('GET', KEYS[1])) or 0
-- The server's clock was set back: the reservations before that are void.
if free > now + 600000 then free = now end
local at = math.max(free, now - interval * tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%.3f', at + interval), 'PX', 600000)
return math.max(0, math.ceil(at - now))
