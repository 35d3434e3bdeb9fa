#!lua
-- Records a session that this application has just created.
--
-- KEYS  1 order hash   2 journal stream   3 open zset
-- ARGV  1 session id   2 expires_at, Unix seconds   3.. field, value, field, value, …
-- Reply 1 created, 0 the order stood already: a verified event was faster, and only fields it lacked are filled in

expect_type(KEYS[1], 'hash')
expect_type(KEYS[2], 'stream')
expect_type(KEYS[3], 'zset')
if #ARGV < 4 or #ARGV % 2 ~= 0 then error(redis.error_reply('ERR create_order: fields and values must pair')) end

local now = now_ms()
for i = 3, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
end
if redis.call('HSETNX', KEYS[1], 'state', 'created') == 0 then return 0 end

redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
record(KEYS[1], KEYS[2], ARGV[1], now, 'created', '')
return 1
