// The view of an MCP App: https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx
// It communicates only with its host, by JSON-RPC over postMessage, and shows values as text, never as markup.
(() => {
  "use strict";

  const words = {
    created: "Waiting for the buyer to pay",
    unrecorded: "Waiting for the buyer to pay",
    awaiting_payment: "The payment is on its way; a bank debit can take some days",
    claimed: "Paid; the order is being fulfilled",
    fulfilled: "Paid, and the order is complete",
    failed: "The payment failed",
    expired: "This checkout has expired; nothing was charged",
    needs_review: "The seller is checking the order",
  };
  const settled = ["fulfilled", "failed", "expired", "needs_review"];
  const byId = (id) => document.getElementById(id);
  const card = byId("card");
  const decimals = JSON.parse(card.dataset.decimals);
  const pending = new Map();
  let nextId = 1;
  let host = {};
  let checkout = {};
  let stopped = false;
  let following = null;

  const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const request = (method, params) => new Promise((resolve, reject) => {
    const id = nextId++;
    pending.set(id, { resolve, reject });
    post({ id, method, params });
  });

  const write = (id, text) => {
    byId(id).textContent = text;
    byId(id).hidden = text === "";
  };

  const isWebAddress = (url) => {
    try {
      return ["https:", "http:"].includes(new URL(url).protocol);
    } catch {
      return false;
    }
  };

  const money = (amount, currency) => {
    const digits = decimals[currency] ?? 2;
    return (amount / 10 ** digits).toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits })
      + " " + currency.toUpperCase();
  };

  const stateOf = () => checkout.order_state === "created" && checkout.status === "expired"
    ? "expired"
    : checkout.order_state ?? (checkout.status === "expired" ? "expired" : "created");

  const draw = () => {
    const state = stateOf();
    card.dataset.state = state;
    write("item", checkout.product_name || "Your order");
    write("amount", Number.isInteger(checkout.amount_total) && checkout.currency ? money(checkout.amount_total, checkout.currency) : "");
    write("state", words[state] ?? "The state of the order is unknown");
    write("detail", checkout.reason || "");
    byId("mode").hidden = checkout.livemode !== false;
    byId("pay").hidden = !(checkout.status === "open" && isWebAddress(checkout.checkout_url));
    if (byId("pay").hidden) {
      write("link", "");
    }
  };

  const contentOf = (result) => {
    if (result?.structuredContent) {
      return result.structuredContent;
    }

    try {
      return JSON.parse(result.content.find((block) => block.type === "text").text);
    } catch {
      return null;
    }
  };

  // Shows a result of any of the tools. Absent members keep their values, except for the link, which is absent once the page is closed.
  const show = (result) => {
    const content = contentOf(result);
    if (result?.isError || !content?.session_id) {
      if (!checkout.session_id) {
        card.dataset.state = "error";
        write("state", content?.error || "The checkout could not be started");
      }

      return false;
    }

    checkout = { ...checkout, checkout_url: undefined, ...content };
    draw();
    return true;
  };

  // Waits for the server to report changes of the order, instead of polling.
  const follow = async () => {
    const id = checkout.session_id;
    if (!id || following === id || !host.serverTools) {
      return;
    }

    following = id;
    try {
      while (!stopped && checkout.session_id === id && !settled.includes(stateOf())) {
        if (!show(await request("tools/call", { name: "wait_for_payment", arguments: { session_id: id, timeout_seconds: 45 } }))) {
          break;
        }
      }
    } catch {
      // The host does not allow tool calls, so the app shows only the results that it receives.
    } finally {
      following = null;
    }
  };

  const applyContext = (context) => {
    if (context?.theme === "light" || context?.theme === "dark") {
      document.documentElement.style.colorScheme = context.theme;
    }

    for (const [name, value] of Object.entries(context?.styles?.variables ?? {})) {
      if (name.startsWith("--") && typeof value === "string") {
        document.documentElement.style.setProperty(name, value);
      }
    }
  };

  const notifications = {
    "ui/notifications/tool-input": (params) => {
      if (!checkout.session_id && typeof params?.arguments?.product_name === "string") {
        checkout.product_name = params.arguments.product_name;
        write("item", checkout.product_name);
      }
    },
    "ui/notifications/tool-result": (params) => {
      if (show(params)) {
        follow();
      }
    },
    "ui/notifications/tool-cancelled": () => show({ isError: true }),
    "ui/notifications/host-context-changed": applyContext,
  };

  const requests = {
    "ui/resource-teardown": () => {
      stopped = true;
      return {};
    },
    ping: () => ({}),
  };

  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || message?.jsonrpc !== "2.0") {
      return;
    }

    if (message.method === undefined) {
      const call = pending.get(message.id);
      pending.delete(message.id);
      if (message.error) {
        call?.reject(message.error);
      } else {
        call?.resolve(message.result);
      }
    } else if (message.id === undefined) {
      notifications[message.method]?.(message.params);
    } else if (Object.hasOwn(requests, message.method)) {
      post({ id: message.id, result: requests[message.method](message.params) });
    } else {
      post({ id: message.id, error: { code: -32601, message: "Method not found" } });
    }
  });

  byId("pay").addEventListener("click", async () => {
    const url = checkout.checkout_url;
    try {
      const result = host.openLinks ? await request("ui/open-link", { url }) : { isError: true };
      write("link", result?.isError ? "Open this address to pay: " + url : "");
    } catch {
      write("link", "Open this address to pay: " + url);
    }
  });

  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    post({ method: "ui/notifications/size-changed", params: { width: Math.ceil(width), height: Math.ceil(height) } });
  }).observe(document.documentElement);

  request("ui/initialize", {
    appInfo: { name: "checkout-card", version: "1.0.0" },
    appCapabilities: { availableDisplayModes: ["inline"] },
    protocolVersion: "2026-01-26",
  }).then((result) => {
    host = result?.hostCapabilities ?? {};
    applyContext(result?.hostContext);
    post({ method: "ui/notifications/initialized", params: {} });
    follow();
  }, () => {});
})();
