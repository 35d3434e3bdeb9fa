// Prepares BullMQ's backlog: the events that it reads from standard input, one a line, as jobs.
import { createInterface } from 'node:readline';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('fulfillment', { connection });
let batch = [];
const flush = async () => {
  await queue.addBulk(batch);
  batch = [];
};
for await (const line of createInterface({ input: process.stdin })) {
  const event = JSON.parse(line);
  batch.push({ name: event.type, data: event, opts: { removeOnComplete: true } });
  if (batch.length === 500) await flush();
}
await flush();
await queue.close();
connection.disconnect();
