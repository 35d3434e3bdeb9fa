// The view of an MCP App: https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx
// It communicates only with its host, by JSON-RPC over postMessage, and shows values as text, never as markup. It shows buyers what the order's page
// shows: neither errors, which are written for agents, nor the causes of a review.
(() => {
  "use strict";

  const reviewInterval = 30_000;
  // wait_for_payment returns these at once.
  const settled = ["fulfilled", "failed", "expired", "needs_review"];
  const messages = [
    "processing", "failed", "expired", "canceled", "paid", "fulfilled", "in_review", "rejected", "partly_refunded", "refunded", "disputed", "returned",
  ];
  const byId = (id) => document.getElementById(id);
  const card = byId("card");
  const decimals = JSON.parse(card.dataset.decimals);
  const texts = JSON.parse(byId("texts").textContent);
  const pending = new Map();
  let language = "en";
  let nextId = 1;
  let host = {};
  let checkout = {};
  let asked = {};
  let hasFailed = false;
  let stopped = false;
  let following = null;

  const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const request = (method, params) => new Promise((resolve, reject) => {
    const id = nextId++;
    pending.set(id, { resolve, reject });
    post({ id, method, params });
  });
  const callTool = (name, args) => request("tools/call", { name, arguments: args });

  const text = (key, values = {}) => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  const write = (id, value) => {
    byId(id).textContent = value;
    byId(id).hidden = value === "";
  };

  const element = (name, ...children) => {
    const created = document.createElement(name);
    created.append(...children);
    return created;
  };

  const isWebAddress = (url) => {
    try {
      return ["https:", "http:"].includes(new URL(url).protocol);
    } catch {
      return false;
    }
  };

  const money = (amount) => {
    const { currency } = checkout;
    const digits = decimals[currency] ?? 2;
    return new Intl.NumberFormat(language, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits })
      .format(amount / 10 ** digits);
  };

  // Results of initiate_checkout have no buyer's status.
  const stateOf = () => checkout.buyer_status ?? ({ open: "open", expired: "expired" }[checkout.status] ?? "checking");

  const isSettled = () => settled.includes(checkout.order_state) || (checkout.order_state === undefined && checkout.status === "expired");

  const amount = (label, value, style = "") => {
    const row = element("div", element("dt", text(label)), element("dd", money(value)));
    row.className = style;
    return row;
  };

  const drawLines = () => {
    const lines = checkout.line_items?.length ? checkout.line_items : asked.product_name ? [{ product_name: asked.product_name }] : [];
    const isPriced = lines.length > 0 && Boolean(checkout.currency) && lines.every((line) => Number.isInteger(line.price_cents));
    const total = lines.reduce((sum, line) => sum + line.price_cents * line.quantity, 0);
    // The buyer may have changed quantities on the payment page.
    const addsUp = isPriced && total === checkout.amount_subtotal;
    byId("lines").replaceChildren(...lines.map((line) => {
      const name = element("span", line.product_name || text("label.product"));
      if (addsUp) {
        name.append(element("small", text("label.units", { quantity: line.quantity, price: money(line.price_cents) })));
        return element("li", name, element("span", money(line.price_cents * line.quantity)));
      }

      if (line.quantity && !isPriced) {
        name.append(element("small", text("label.quantity", { quantity: line.quantity })));
      }

      return element("li", name);
    }));
    byId("lines").hidden = lines.length === 0;
  };

  const drawAmounts = () => {
    const { amount_subtotal: subtotal, amount_total: total, amount_refunded: refunded, payment_status: payment } = checkout;
    const rows = [];
    if (Number.isInteger(total) && checkout.currency) {
      if (Number.isInteger(subtotal) && subtotal !== total) {
        rows.push(amount("label.subtotal", subtotal), amount("label.adjustments", total - subtotal));
      }

      rows.push(amount(payment !== "unpaid" ? "label.paid" : stateOf() === "open" ? "label.to_pay" : "label.total", total, "total"));
      if (refunded > 0) {
        rows.push(amount("label.refunded", refunded));
      }
    }

    byId("amounts").replaceChildren(...rows);
    byId("amounts").hidden = rows.length === 0;
  };

  const messageOf = (state) => {
    if (!messages.includes(state)) {
      return "";
    }

    const { amount_total: total = 0, amount_refunded: refunded = 0, payment_status: payment } = checkout;
    const key = state === "rejected" && payment === "unpaid" ? "rejected_unpaid" : state === "paid" && total === 0 ? "paid_free" : state;
    return text("message." + key, { amount: checkout.currency ? money(state === "rejected" && refunded < total ? total - refunded : refunded) : "" });
  };

  const draw = () => {
    const isKnown = Boolean(checkout.session_id);
    const state = isKnown ? stateOf() : hasFailed ? "error" : "loading";
    const { seller } = card.dataset;
    document.documentElement.lang = language;
    card.dataset.state = state;
    write("mode", checkout.livemode === false ? text("label.test_mode") : "");
    write("seller", seller);
    write("heading", text("card.heading"));
    write("state", {
      error: text("card.failed"), loading: text("card.preparing"), open: text("card.open"), checking: text("card.checking"),
    }[state] ?? text("title." + state));
    write("detail", isKnown ? messageOf(state) : "");
    write("number", checkout.order_number ? text("label.order_number") + " " + checkout.order_number : "");
    drawLines();
    drawAmounts();
    write("pay", text("card.pay"));
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
    const isCheckout = !result?.isError && Boolean(content?.session_id);
    if (isCheckout) {
      checkout = { ...checkout, checkout_url: undefined, amount_refunded: undefined, ...content };
    } else {
      hasFailed = true;
    }

    draw();
    return isCheckout;
  };

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  // Waits for the server to report changes of the order, instead of polling. The end of a review is not reported.
  const follow = async () => {
    const id = checkout.session_id;
    if (!id || following === id || !host.serverTools) {
      return;
    }

    following = id;
    const isFollowed = () => !stopped && checkout.session_id === id;
    // A temporary error says after how many seconds the same call may succeed.
    const ask = async (name, args) => {
      for (;;) {
        const result = await callTool(name, args);
        const seconds = result?.isError ? contentOf(result)?.retry_after : undefined;
        if (!Number.isInteger(seconds)) {
          return show(result);
        }

        await pause(seconds * 1000);
        if (!isFollowed()) {
          return false;
        }
      }
    };

    try {
      let hasAnswer = checkout.line_items !== undefined || await ask("get_checkout", { session_id: id });
      while (hasAnswer && isFollowed() && (!isSettled() || checkout.buyer_status === "in_review")) {
        if (isSettled()) {
          await pause(reviewInterval);
          hasAnswer = isFollowed() && await ask("get_checkout", { session_id: id });
        } else {
          hasAnswer = await ask("wait_for_payment", { session_id: id, timeout_seconds: 45 });
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

    if (typeof context?.locale === "string") {
      chooseLanguage([context.locale]);
      draw();
    }
  };

  const chooseLanguage = (locales) => {
    language = locales.map((locale) => locale.split("-")[0].toLowerCase()).find((tag) => Object.hasOwn(texts, tag)) ?? "en";
  };

  const notifications = {
    "ui/notifications/tool-input": (params) => {
      if (!checkout.session_id && typeof params?.arguments?.product_name === "string") {
        asked = params.arguments;
        draw();
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
      write("link", result?.isError ? text("card.address", { url }) : "");
    } catch {
      write("link", text("card.address", { url }));
    }
  });

  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    post({ method: "ui/notifications/size-changed", params: { width: Math.ceil(width), height: Math.ceil(height) } });
  }).observe(document.documentElement);

  chooseLanguage(navigator.languages);
  draw();
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
