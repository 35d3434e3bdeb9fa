#!lua flags=allow-oom
-- Makes the consumer group, reading from the stream's first entry; does nothing when it stands.
--
-- KEYS  1 events stream
-- ARGV  1 group
-- Reply 1 made, 0 it stood

expect_type(KEYS[1], 'stream')

-- From 0, never from $: what arrived before the group did is owed as well.
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if made.ok then return 1 end
if string.find(made.err, 'BUSYGROUP', 1, true) then return 0 end
return made
