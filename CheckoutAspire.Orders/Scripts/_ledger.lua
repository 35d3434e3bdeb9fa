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

-- The keys of an order's partition, in the order in which LedgerPartition.KeysOf gives them.
local function ledger_keys()
  local keys = {
    order = KEYS[1], events = KEYS[2], journal = KEYS[3], open = KEYS[4], owed = KEYS[5],
    outbox = KEYS[6], retry = KEYS[7], dead = KEYS[8],
  }
  expect_type(keys.order, 'hash')
  expect_type(keys.events, 'stream')
  expect_type(keys.journal, 'stream')
  expect_type(keys.open, 'zset')
  expect_type(keys.owed, 'zset')
  expect_type(keys.outbox, 'zset')
  expect_type(keys.retry, 'zset')
  expect_type(keys.dead, 'stream')
  return keys
end

-- A step in the order's own timeline and in the partition's journal.
local function record(keys, session, now, what, detail)
  local line = string.format('%d %s', now, what)
  if detail ~= '' then line = line .. ' ' .. detail end
  redis.call('HSET', keys.order, 'timeline', (redis.call('HGET', keys.order, 'timeline') or '') .. line .. '\n')
  redis.call('XADD', keys.journal, '*', 'session', session, 'what', what, 'detail', detail)
end

-- Done with a stream entry: the group forgets it, the stream frees it.
local function settle(events, group, entry)
  redis.call('XACK', events, group, entry)
  redis.call('XDEL', events, entry)
end

-- A person has to decide: nothing is fulfilled until then.
local function review(keys, session, now, reason)
  redis.call('HSET', keys.order, 'state', 'needs_review', 'reason', reason)
  redis.call('HDEL', keys.order, 'lease_until', 'entry')
  redis.call('ZREM', keys.open, session)
  redis.call('ZADD', keys.owed, 'NX', now, session)
  record(keys, session, now, 'needs_review', reason)
end

-- The commit of a fulfillment: dedupe, order, journal, outbox and acknowledgement stand or fall together.
local function fulfill(keys, session, group, entry, now, fence)
  redis.call('HSET', keys.order, 'state', 'fulfilled', 'fulfilled_at', now)
  redis.call('HINCRBY', keys.order, 'fulfillments', 1)
  redis.call('HDEL', keys.order, 'lease_until', 'entry')
  redis.call('ZREM', keys.owed, session)
  redis.call('ZADD', keys.outbox, now, session)
  record(keys, session, now, 'fulfilled', 'fence ' .. fence)
  settle(keys.events, group, entry)
end
