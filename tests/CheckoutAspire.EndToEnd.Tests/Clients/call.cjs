// One tool call by the official TypeScript client: node call.cjs ENDPOINT TOOL ARGUMENTS(JSON), the result on standard output.
// The client validates every structured result against the tool's output schema, also those of failed calls.
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");

async function main([endpoint, tool, args]) {
  const client = new Client({ name: "checkout-tests", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint)));
  await client.listTools();
  const result = await client.callTool({ name: tool, arguments: JSON.parse(args) });
  process.stdout.write(JSON.stringify(result));
  await client.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
