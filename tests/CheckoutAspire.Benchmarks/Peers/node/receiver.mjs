// The receiver of many a tutorial: Express, stripe-node's constructEvent, BullMQ's queue.add.
import express from 'express';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import Stripe from 'stripe';

const stripe = new Stripe('sk_test_never_sent');
const secret = process.env.STRIPE_WEBHOOK_SECRET;
const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('fulfillment', { connection, defaultJobOptions: { removeOnComplete: true } });
await queue.waitUntilReady();

const app = express();
app.disable('x-powered-by');
app.post('/webhook/stripe', express.raw({ type: 'application/json' }), async (request, response) => {
  let event;
  try {
    event = stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], secret);
  } catch {
    response.sendStatus(400);
    return;
  }
  await queue.add(event.type, event);
  response.json({ received: true });
});
app.listen(Number(process.env.PORT), '127.0.0.1');
