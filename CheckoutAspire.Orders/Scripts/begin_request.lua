#!lua
-- Writes down a request before Stripe is called, or says what became of the same request earlier.
--
-- KEYS  1 request hash
-- ARGV  1 digest of the caller's arguments   2 the whole request as JSON
--       3 lease, ms: how long one attempt may take   4 how long the record is kept, ms
-- Reply {'started', request} | {'resumed', request: the one written first, to be replayed exactly}
--       {'done', session id} | {'in_flight', ms until the lease ends} | {'conflict', ''}

expect_type(KEYS[1], 'hash')
local now = now_ms()

local digest = redis.call('HGET', KEYS[1], 'digest')
if not digest then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'request', ARGV[2], 'lease_until', now + ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return { 'started', ARGV[2] }
end
if digest ~= ARGV[1] then return { 'conflict', '' } end

local session = redis.call('HGET', KEYS[1], 'session')
if session then return { 'done', session } end

local lease_until = tonumber(redis.call('HGET', KEYS[1], 'lease_until'))
if lease_until > now then return { 'in_flight', tostring(lease_until - now) } end

redis.call('HSET', KEYS[1], 'lease_until', now + ARGV[3])
return { 'resumed', redis.call('HGET', KEYS[1], 'request') }
