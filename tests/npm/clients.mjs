// A sale by one of the clients that agents are built on: node clients.mjs CLIENT ORIGIN
// ORIGIN is a proxy that cuts connections on which nothing is sent. It also takes the test's commands: POST /restart and POST /paid/{session}.
// Writes what the client has seen to standard output, as one line of JSON. The client of a browser is clients-page.js.
import process from "node:process";
import { fileURLToPath } from "node:url";

const endpoint = (origin) => new URL("/mcp", origin);
const info = { name: "checkout-tests", version: "1.0.0" };

// A tool's result as {isError, value}: value is the JSON that every result has as text.
const resultOf = ({ isError = false, content }) => ({ isError, value: JSON.parse(content.find((block) => block.type === "text").text) });

// A framework that throws an error result puts its text into the message.
const orThrown = async (call) => {
  try {
    return await call();
  } catch (error) {
    const json = /\{.*\}/s.exec(error.message)?.[0];
    if (json === undefined) {
      throw error;
    }

    return { isError: true, value: JSON.parse(json) };
  }
};

const official = async (library, transport) => {
  const { Client } = await import(`${library}/client/index.js`);
  const client = new Client(info);
  await client.connect(await transport(library));
  return {
    list: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => resultOf(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  };
};

const overHttp = (origin) => async (library) => {
  const { StreamableHTTPClientTransport } = await import(`${library}/client/streamableHttp.js`);
  return new StreamableHTTPClientTransport(endpoint(origin));
};

const clients = {
  "sdk-1.32": (origin) => official("@modelcontextprotocol/sdk", overHttp(origin)),
  "sdk-1.20": (origin) => official("mcp-sdk-1.20", overHttp(origin)),

  // A local process that connects clients of standard input and output with the server.
  "mcp-remote": (origin) => official("@modelcontextprotocol/sdk", async (library) => {
    const { StdioClientTransport } = await import(`${library}/client/stdio.js`);
    return new StdioClientTransport({
      command: process.execPath,
      args: [fileURLToPath(import.meta.resolve("mcp-remote/dist/proxy.js")), endpoint(origin).toString(), "--transport", "http-only"],
      env: { ...process.env, MCP_REMOTE_CONFIG_DIR: process.env.MCP_REMOTE_CONFIG_DIR },
      stderr: "ignore",
    });
  }),

  "ai-sdk": async (origin) => {
    const { createMCPClient } = await import("@ai-sdk/mcp");
    const client = await createMCPClient({ transport: { type: "http", url: endpoint(origin).toString() } });
    const tools = await client.tools();
    return {
      list: () => Object.keys(tools),
      call: async (name, args) => resultOf(await tools[name].execute(args, { toolCallId: "1", messages: [] })),
      close: () => client.close(),
    };
  },

  langchain: async (origin) => {
    const { MultiServerMCPClient } = await import("@langchain/mcp-adapters");
    const client = new MultiServerMCPClient({ mcpServers: { checkout: { transport: "http", url: endpoint(origin).toString() } } });
    const tools = Object.fromEntries((await client.getTools()).map((tool) => [tool.name, tool]));
    const textOf = (output) => output.text ?? output;
    return {
      list: () => Object.keys(tools),
      call: (name, args) => orThrown(async () => ({ isError: false, value: JSON.parse(textOf(await tools[name].invoke(args))) })),
      close: () => client.close(),
    };
  },

  "openai-agents": async (origin) => {
    const { MCPServerStreamableHttp } = await import("@openai/agents-core");
    const server = new MCPServerStreamableHttp({ url: endpoint(origin).toString(), name: "checkout", clientSessionTimeoutSeconds: 60 });
    await server.connect();
    return {
      list: async () => (await server.listTools()).map((tool) => tool.name),
      call: async (name, args) => resultOf(await server.callToolResult(name, args)),
      close: () => server.close(),
    };
  },

  mastra: async (origin) => {
    const { MCPClient } = await import("@mastra/mcp");
    // By default it waits three seconds for the connection.
    const client = new MCPClient({ servers: { checkout: { url: endpoint(origin), connectTimeout: 60_000 } } });
    const { checkout: tools } = await client.listToolsets();
    return {
      list: () => Object.keys(tools),
      call: (name, args) => orThrown(async () => {
        const value = await tools[name].execute(args, {});
        return { isError: false, value };
      }),
      close: () => client.disconnect(),
    };
  },
};

async function main([name, origin]) {
  const client = await clients[name](origin);
  const command = async (path) => {
    const response = await fetch(new URL(path, origin), { method: "POST" });
    if (!response.ok) {
      throw new Error(`${path}: ${response.status}`);
    }
  };
  const sell = (price) => client.call("initiate_checkout", { product_name: "Red mug", price_cents: price });

  const tools = await client.list();
  const sold = (await sell(4999)).value;
  const one = { session_id: sold.session_id };
  const read = (await client.call("get_checkout", one)).value;
  const refused = await sell(10); // Some clients check the schema themselves, but Stripe's minimum is not in it.

  const waiting = client.call("wait_for_payment", { ...one, timeout_seconds: 30 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await command(`/paid/${sold.session_id}`);
  const waited = (await waiting).value;
  await command("/restart");
  const after = (await client.call("get_checkout", one)).value;

  await client.close();
  process.stdout.write(JSON.stringify({
    tools: [...tools].sort(),
    isLinked: sold.checkout_url.startsWith("http"),
    read: read.order_state,
    refused: [refused.isError, refused.value.code, refused.value.param],
    waited: waited.order_state,
    after: after.order_state,
  }) + "\n");
  process.exit(0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
