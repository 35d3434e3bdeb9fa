// One session of the official TypeScript client, whose requests reach two instances in turn: node round-robin.cjs ORIGIN
// Writes {"sessionId":…,"tools":…,"checkouts":[…],"updates":…} to standard output.
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { ResourceUpdatedNotificationSchema } = require("@modelcontextprotocol/sdk/types.js");

async function main([origin]) {
  const client = new Client({ name: "round-robin", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", origin));
  let updates = 0;
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => updates++);
  await client.connect(transport);
  const call = async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent;

  const { tools } = await client.listTools();
  const sale = await call("initiate_checkout", { product_name: "Red mug", price_cents: 4999 });
  await client.subscribeResource({ uri: `checkout://sessions/${sale.session_id}` });
  const checkouts = [];
  for (let i = 0; i < 4; i++) {
    checkouts.push((await call("get_checkout", { session_id: sale.session_id })).order_state);
  }

  // One instance is replaced while the session goes on.
  await fetch(new URL("/restart", origin), { method: "POST" });
  for (let i = 0; i < 4; i++) {
    checkouts.push((await call("get_checkout", { session_id: sale.session_id })).order_state);
  }

  const waiting = call("wait_for_payment", { session_id: sale.session_id, timeout_seconds: 60 });
  await fetch(new URL(`/pay/${sale.session_id}`, origin), { method: "POST" });
  checkouts.push((await waiting).order_state);
  for (let i = 0; i < 600 && updates === 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  process.stdout.write(JSON.stringify({ sessionId: transport.sessionId, tools: tools.length, checkouts, updates }));
  await transport.terminateSession();
  await client.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
