#!lua flags=allow-oom
-- Creates the consumer group so that it reads from the stream's first entry. Does nothing if the group exists.
--
-- KEYS  1 events stream
-- ARGV  1 group
-- Reply 1 created, 0 it existed

expect_type(KEYS[1], 'stream')

-- From 0, never from $: events that arrived before the group existed must be processed too.
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if made.ok then return 1 end
if string.find(made.err, 'BUSYGROUP', 1, true) then return 0 end
return made
