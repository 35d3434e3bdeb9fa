// BullMQ's worker doing the order write of ours: the order fulfilled, the journal told. The job is removed when it is done.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const connection = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const redis = connection();
const worker = new Worker(
  'fulfillment',
  async (job) => {
    const session = job.data.data.object;
    if (session.payment_status !== 'paid') return;
    const now = Date.now();
    await redis
      .multi()
      .hset(`order:${session.id}`, 'state', 'fulfilled', 'fulfilled_at', now, 'payment_status', session.payment_status,
        'payment_intent', session.payment_intent, 'amount_total', session.amount_total)
      .xadd('journal', '*', 'session', session.id, 'what', 'fulfilled')
      .exec();
  },
  // Of 32, 128 and 512, with and without ioredis's auto-pipelining, 128 without it drained fastest.
  { connection: connection(), concurrency: 128, removeOnComplete: { count: 0 } },
);
worker.on('error', (error) => console.error(error.message));
process.on('SIGTERM', () => process.exit(0));
