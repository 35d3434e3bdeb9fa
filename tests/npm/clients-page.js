// The same sale as in clients.mjs by a web page that speaks Streamable HTTP with fetch alone, from another origin.
async (origin) => {
  const endpoint = `${origin}/mcp`;
  const version = "2025-11-25";
  let session = null;
  let lastId = 0;

  const send = (message) => fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...session && { "mcp-session-id": session, "mcp-protocol-version": version },
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });

  const request = async (method, params) => {
    const id = ++lastId;
    const response = await send({ id, method, params });
    session ??= response.headers.get("mcp-session-id");
    const text = await response.text();
    const messages = response.headers.get("content-type").startsWith("text/event-stream")
      ? text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice("data: ".length))
      : [text];
    return messages.filter(Boolean).map((message) => JSON.parse(message)).find((message) => message.id === id).result;
  };

  const call = async (name, args) => {
    const { isError = false, structuredContent } = await request("tools/call", { name, arguments: args });
    return { isError, value: structuredContent };
  };
  const command = (path) => fetch(origin + path, { method: "POST", mode: "no-cors" });
  const sell = (price) => call("initiate_checkout", { product_name: "Red mug", price_cents: price });

  await request("initialize", { protocolVersion: version, capabilities: {}, clientInfo: { name: "page", version: "1.0.0" } });
  await send({ method: "notifications/initialized" });
  const { tools } = await request("tools/list", {});
  const sold = (await sell(4999)).value;
  const one = { session_id: sold.session_id };
  const read = (await call("get_checkout", one)).value;
  const refused = await sell(10);

  const waiting = call("wait_for_payment", { ...one, timeout_seconds: 30 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await command(`/paid/${sold.session_id}`);
  const waited = (await waiting).value;
  await command("/restart");
  const after = (await call("get_checkout", one)).value;

  return {
    tools: tools.map((tool) => tool.name).sort(),
    isLinked: sold.checkout_url.startsWith("http"),
    read: read.order_state,
    refused: [refused.isError, refused.value.code, refused.value.param],
    waited: waited.order_state,
    after: after.order_state,
  };
}
