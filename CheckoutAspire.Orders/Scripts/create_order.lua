#!lua
-- Records a session that this application has just created.
--
-- KEYS  1 order hash   2 journal stream   3 open zset   4 zset of its owner's sessions
-- ARGV  1 session id   2 expires_at, Unix seconds   3.. field, value, field, value, …
-- Reply 1 created, 0 the order stood already: a verified event was faster, and only fields it lacked are filled in

local keys = { order = KEYS[1], journal = KEYS[2], open = KEYS[3], owned = KEYS[4] }
expect_type(keys.order, 'hash')
expect_type(keys.journal, 'stream')
expect_type(keys.open, 'zset')
expect_type(keys.owned, 'zset')
if #ARGV < 4 or #ARGV % 2 ~= 0 then error(redis.error_reply('ERR create_order: fields and values must pair')) end

local now = now_ms()
for i = 3, #ARGV, 2 do
  redis.call('HSETNX', keys.order, ARGV[i], ARGV[i + 1])
end
redis.call('ZADD', keys.owned, 'NX', now, ARGV[1])
if redis.call('HSETNX', keys.order, 'state', 'created') == 0 then return 0 end

redis.call('ZADD', keys.open, ARGV[2], ARGV[1])
record(keys, ARGV[1], now, 'created', '')
return 1
