#!lua flags=allow-oom
-- A worker still processes entries: their idle time begins anew, so that no other worker takes them over.
--
-- KEYS  1 events stream
-- ARGV  1 group   2 consumer   3.. entry ids
-- Reply how many are still this consumer's

expect_type(KEYS[1], 'stream')

local kept = 0
for i = 3, #ARGV do
  if redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])[1] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    kept = kept + 1
  end
end
return kept
