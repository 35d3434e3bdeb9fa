#!lua
-- Records the session that a request created.
--
-- KEYS  1 request hash
-- ARGV  1 session id   2 how long the record is kept from now on, ms
-- Reply 1 recorded, 0 the request no longer exists

expect_type(KEYS[1], 'hash')
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'session', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
