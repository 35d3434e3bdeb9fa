#!lua
-- Records a session that this application has just created.
--
-- KEYS  1 order hash   2 journal stream   3 open zset
-- ARGV  1 session id   2 expires_at, Unix seconds   3.. field, value, field, value, …
-- Reply 1 created, 0 the order stood already: a verified event was faster, and only fields it lacked are filled in

local keys = { order = KEYS[1], journal = KEYS[2], open = KEYS[3] }
expect_type(keys.order, 'hash')
expect_type(keys.journal, 'stream')
expect_type(keys.open, 'zset')
if #ARGV < 4 or #ARGV % 2 ~= 0 then error(redis.error_reply('ERR create_order: fields and values must pair')) end

for i = 3, #ARGV, 2 do
  redis.call('HSETNX', keys.order, ARGV[i], ARGV[i + 1])
end
if redis.call('HSETNX', keys.order, 'state', 'created') == 0 then return 0 end

redis.call('ZADD', keys.open, ARGV[2], ARGV[1])
record(keys, ARGV[1], now_ms(), 'created', '')
return 1
