// What stripe-node, unchanged, does against the sandbox. Arguments: the sandbox's address, that of one that limits its rate, the key, and a
// subscription on which the sandbox itself fails.
// Prints what it saw, as JSON; a test judges it.
import { createServer } from "node:http";
import { once } from "node:events";
import Stripe from "stripe";

const [address, limited, key, broken] = process.argv.slice(2);
const clientOf = (base, secret = key, more = {}) => {
  const { hostname, port } = new URL(base);
  return new Stripe(secret, { host: hostname, port, protocol: "http", telemetry: false, maxNetworkRetries: 0, ...more });
};
const stripe = clientOf(address);
const seen = {};

// A receiver of its own: the webhook is verified as its users verify it.
const webhooks = [];
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    webhooks.push({ body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] });
    receiver.emit("webhook");
    response.writeHead(200).end();
  });
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
const endpoint = await stripe.webhookEndpoints.create({
  url: `http://127.0.0.1:${receiver.address().port}/`,
  enabled_events: ["checkout.session.completed"],
});

const mug = {
  mode: "payment",
  success_url: "http://localhost/success?session_id={CHECKOUT_SESSION_ID}",
  line_items: [{ price_data: { currency: "usd", unit_amount: 4999, product_data: { name: "Red mug" } }, quantity: 2 }],
};
const session = await stripe.checkout.sessions.create(mug, { idempotencyKey: "node-1" });
const replay = await stripe.checkout.sessions.create(mug, { idempotencyKey: "node-1" });
seen.replayed = replay.id === session.id && replay.lastResponse.headers["idempotent-replayed"] === "true";
seen.created = { status: session.status, amount: session.amount_total };

const paying = await fetch(session.url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    method: "card", email: "node@example.com", cardNumber: "4242424242424242", cardExpiry: "12 / 34", cardCvc: "123", billingName: "Ada",
    billingCountry: "US", billingPostalCode: "10001",
  }),
});
seen.paying = (await paying.json()).result;
const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent.latest_charge"] });
seen.paid = { status: paid.payment_status, card: paid.payment_intent.latest_charge.payment_method_details.card.last4 };

while (webhooks.length === 0) {
  await once(receiver, "webhook");
}
const verified = stripe.webhooks.constructEvent(webhooks[0].body, webhooks[0].signature, endpoint.secret);
seen.webhook = { type: verified.type, ours: verified.data.object.id === session.id };
try {
  stripe.webhooks.constructEvent(webhooks[0].body, webhooks[0].signature, "whsec_other");
} catch (error) {
  seen.forged = error.type;
}
receiver.close();

for (let count = 0; count < 4; count++) {
  await stripe.checkout.sessions.create(mug);
}
const listed = [];
for await (const each of stripe.checkout.sessions.list({ limit: 2 })) {
  listed.push(each.id);
}
seen.listed = { count: new Set(listed).size, oldest: listed.at(-1) === session.id };

seen.expired = (await stripe.checkout.sessions.expire(listed[0])).status;
const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent.id, amount: 998 });
seen.refunded = { status: refund.status, amount: refund.amount };
seen.charge = (await stripe.charges.retrieve(refund.charge)).amount_refunded;

const errors = {
  card: () => stripe.paymentIntents.create({
    amount: 500, currency: "usd", payment_method: "pm_card_visa_chargeDeclined", confirm: true, return_url: "http://localhost/",
  }),
  invalid_request: () => stripe.checkout.sessions.create({ ...mug, line_items: undefined }),
  missing: () => stripe.checkout.sessions.retrieve("cs_test_none"),
  authentication: () => clientOf(address, "sk_test_other").checkout.sessions.list(),
  permission: () => clientOf(address, key, { stripeAccount: "acct_other" }).checkout.sessions.list(),
  idempotency: () => stripe.checkout.sessions.create({ ...mug, client_reference_id: "other" }, { idempotencyKey: "node-1" }),
  api: () => stripe.rawRequest("POST", `/sandbox/subscriptions/${broken}/renew`, {}),
  rate_limit: async () => {
    const client = clientOf(limited);
    await Promise.all(Array.from({ length: 50 }, () => client.products.list()));
  },
};
seen.errors = {};
for (const [name, cause] of Object.entries(errors)) {
  try {
    await cause();
    seen.errors[name] = "none";
  } catch (error) {
    seen.errors[name] = [error.constructor.name, error.statusCode, error.code ?? null, error.decline_code ?? null, error.param ?? null].join(" ");
  }
}

console.log(JSON.stringify(seen));
