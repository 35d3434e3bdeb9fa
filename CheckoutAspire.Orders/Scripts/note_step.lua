#!lua
-- Records a step that changes no state: what an operator asked for, or what came of it. An order that is not in Redis has the step in the journal only.
--
-- KEYS  1-9 the order's ledger keys
-- ARGV  1 session id   2 what   3 detail   4 type of an event of our own that makes a worker act on the order, or ''
-- Reply 1

local keys = ledger_keys()
local session, now = ARGV[1], now_ms()
if redis.call('HEXISTS', keys.order, 'state') == 1 then
  record(keys, session, now, ARGV[2], ARGV[3])
else
  journal(keys, session, ARGV[2], ARGV[3])
end
if ARGV[4] ~= '' then
  redis.call('XADD', keys.events, '*', 'id', ARGV[2] .. '_' .. session .. '_' .. text(now), 'type', ARGV[4],
    'object', session, 'livemode', '0', 'traceparent', '', 'received_at', text(now), 'body', '{}')
  redis.call('PUBLISH', string.sub(keys.journal, 1, -8) .. 'signal', '')
end
return 1
