-- What every script of the ledger shares. Prepended after the #!lua line of each.

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

-- A step in the order's own timeline and in the partition's journal.
local function record(order, journal, session, now, what, detail)
  local line = string.format('%d %s', now, what)
  if detail ~= '' then line = line .. ' ' .. detail end
  redis.call('HSET', order, 'timeline', (redis.call('HGET', order, 'timeline') or '') .. line .. '\n')
  redis.call('XADD', journal, '*', 'session', session, 'what', what, 'detail', detail)
end

-- Done with a stream entry: the group forgets it, the stream frees it.
local function settle(events, group, entry)
  if entry ~= '' then
    redis.call('XACK', events, group, entry)
    redis.call('XDEL', events, entry)
  end
end
