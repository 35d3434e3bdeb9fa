-- What the ledger's scripts share. Put into each, after its #! line.

-- Redis rolls nothing back when a script fails midway: a wrong type has to be found before the first write.
local function expect_type(key, wanted)
  local actual = redis.call('TYPE', key).ok
  if actual ~= 'none' and actual ~= wanted then
    error(redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. actual .. ', not a ' .. wanted))
  end
end

-- The server's clock, in Unix milliseconds: clients' clocks may differ.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A whole number as commands take it. Redis writes a number among a call's arguments as a float of seventeen digits, which is
-- slower than many a command.
local function text(number)
  return string.format('%d', number)
end

-- The types of a partition's own keys.
local function expect_partition(keys)
  expect_type(keys.events, 'stream')
  expect_type(keys.journal, 'stream')
  expect_type(keys.open, 'zset')
  expect_type(keys.owed, 'zset')
  expect_type(keys.outbox, 'zset')
end

-- The keys of an order's partition, in the order in which LedgerPartition.KeysOf gives them. The order's own type is found by the
-- read that every script begins with; those of retry and dead are expected where they are written.
local function ledger_keys()
  local keys = {
    order = KEYS[1], events = KEYS[2], journal = KEYS[3], open = KEYS[4], owed = KEYS[5],
    outbox = KEYS[6], retry = KEYS[7], dead = KEYS[8],
  }
  expect_partition(keys)
  return keys
end

-- A step as the order's own timeline has it.
local function step(now, what, detail)
  local line = now .. ' ' .. what
  if detail ~= '' then line = line .. ' ' .. detail end
  return line .. '\n'
end

-- A step as the partition's journal has it.
local function journal(keys, session, what, detail)
  redis.call('XADD', keys.journal, '*', 'session', session, 'what', what, 'detail', detail)
end

-- Tells whoever waits for these orders that they have moved: one message with their session ids, on the channel beside the partition's
-- journal. How they moved is read from them; a channel is no key, so it is not declared.
local function announce(keys, ...)
  redis.call('PUBLISH', string.sub(keys.journal, 1, -8) .. 'changes', table.concat({ ... }, ' '))
end

-- A step in the order's own timeline and in the partition's journal, told to those who wait.
local function record(keys, session, now, what, detail)
  redis.call('HSET', keys.order, 'timeline', (redis.call('HGET', keys.order, 'timeline') or '') .. step(now, what, detail))
  journal(keys, session, what, detail)
  announce(keys, session)
end

-- Done with stream entries: the group forgets them, the stream frees them.
local function settle(events, group, ...)
  redis.call('XACK', events, group, ...)
  redis.call('XDEL', events, ...)
end

-- A person has to decide: nothing is fulfilled until then.
local function review(keys, session, now, reason)
  redis.call('HSET', keys.order, 'state', 'needs_review', 'reason', reason)
  redis.call('HDEL', keys.order, 'lease_until', 'entry')
  redis.call('ZREM', keys.open, session)
  redis.call('ZADD', keys.owed, 'NX', now, session)
  record(keys, session, now, 'needs_review', reason)
end

-- A fulfillment's order and journal; in the same script the caller announces it, puts the session into the outbox and settles the entry.
-- was: state, fulfillments and timeline of the order, as this very script has read them. Further fields and values follow: they
-- are written by one HSET, for each call of a script costs about as much as what it does.
local function fulfill(keys, session, now, fence, was, ...)
  fence = text(fence)
  local detail = 'fence ' .. fence
  redis.call('HSET', keys.order, 'state', 'fulfilled', 'fulfilled_at', now, 'fence', fence,
    'fulfillments', text((tonumber(was.fulfillments) or 0) + 1), 'timeline', (was.timeline or '') .. step(now, 'fulfilled', detail), ...)
  -- No other order has a lease or is owed.
  if was.state == 'claimed' or was.state == 'needs_review' then
    redis.call('HDEL', keys.order, 'lease_until', 'entry')
    redis.call('ZREM', keys.owed, session)
  end
  journal(keys, session, 'fulfilled', detail)
end
