#!lua
-- Notes the delivery of an event about an order. The order itself does not change.
--
-- KEYS  1 list of the order's noted deliveries, newest first
-- ARGV  1 the delivery: '1763884800123 evt_1 refund.created recorded'   2 how many are kept   3 how long they are kept, ms
-- Reply 1

expect_type(KEYS[1], 'list')
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
