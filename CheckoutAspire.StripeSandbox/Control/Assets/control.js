"use strict";
// Polls the sandbox's state. A row is redrawn only when it has changed, so that the focus is kept.
const $ = id => document.getElementById(id);
const time = text => text ? new Date(text).toLocaleTimeString() : "";
const element = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);

const say = (sentence, isWrong = false) => {
  $("notice").textContent = sentence;
  $("notice").classList.toggle("wrong", isWrong);
};

const send = async (method, path, body) => {
  try {
    const response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    say(response.ok ? "Done." : answer.error, !response.ok);
  } catch {
    say("The sandbox did not answer.", true);
  }
  await refresh();
};

const button = (label, method, path, name) => {
  const made = element("button", label, { type: "button", className: "small" });
  made.setAttribute("aria-label", `${label} ${name}`);
  made.addEventListener("click", () => send(method, path));
  return made;
};

const titled = (title, id) => {
  const cell = element("span", title);
  cell.append(element("span", id, { className: "id" }));
  return cell;
};

const shortened = item => element("span", `…${item.id.slice(-12)}`, { className: "id", title: item.id });

const actions = (kind, item) =>
  item.actions.map(action => button(action, "POST", `/sandbox/${kind}/${item.id}/${action}`, item.id.slice(-12)));

const answered = delivery =>
  delivery.last_status ? element("span", String(delivery.last_status), { className: delivery.succeeded ? "" : "wrong" })
    : delivery.last_error ? element("span", delivery.last_error, { className: "wrong" })
    : element("span", delivery.attempts ? "" : "not tried yet");

const rows = {
  sessions: session => [
    Object.assign(element("a", `…${session.id.slice(-12)}`, { href: session.page, title: session.id })),
    time(session.created), session.amount, session.status, session.payment_status,
    actions("sessions", session),
  ],
  subscriptions: subscription => [
    shortened(subscription), subscription.status, time(subscription.current_period_end), shortened({ id: subscription.latest_invoice }),
    actions("subscriptions", subscription),
  ],
  refunds: refund => [shortened(refund), time(refund.created), refund.amount, refund.status, actions("refunds", refund)],
  disputes: dispute => [
    shortened(dispute), time(dispute.created), dispute.amount, dispute.reason, dispute.status, actions("disputes", dispute),
  ],
  deliveries: delivery => [
    titled(delivery.type, delivery.event), delivery.url, String(delivery.attempts), answered(delivery), time(delivery.last_try),
    time(delivery.next_try),
  ],
  events: event => [
    titled(event.type, event.id), time(event.created), element("span", event.object, { className: "id" }), String(event.pending_webhooks),
    [button("resend", "POST", `/sandbox/events/${event.id}/resend`, event.id)],
  ],
  faults: fault => [
    fault.kind, fault.event_type ?? [fault.method, fault.path].filter(Boolean).join(" "), String(fault.remaining),
    [button("clear", "DELETE", `/sandbox/faults/${fault.id}`, fault.id)],
  ],
};

const draw = (name, items) => {
  const body = $(name).tBodies[0];
  const before = new Map([...body.rows].map(row => [row.dataset.id, row]));
  const drawn = items.map(item => {
    const text = JSON.stringify(item);
    const kept = before.get(item.id);
    if (kept?.dataset.text === text) return kept;
    const row = document.createElement("tr");
    row.dataset.id = item.id;
    row.dataset.text = text;
    for (const content of rows[name](item)) {
      const cell = document.createElement("td");
      cell.append(...[content].flat());
      row.append(cell);
    }
    return row;
  });
  if (drawn.length !== body.rows.length || drawn.some((row, index) => row !== body.rows[index])) {
    const focused = document.activeElement?.closest("tr");
    const label = document.activeElement?.getAttribute("aria-label");
    // A row that has not changed stays where it is: an element that moves loses a click.
    for (const row of [...body.rows]) if (!drawn.includes(row)) row.remove();
    drawn.forEach((row, index) => { if (row !== body.rows[index]) body.insertBefore(row, body.rows[index] ?? null); });
    if (focused && label) {
      // The pressed button may have disappeared with its action.
      (body.querySelector(`[aria-label="${CSS.escape(label)}"]`) ?? body.closest(".scroll"))?.focus();
    }
  }
};

let refreshes = 0;
const refresh = async () => {
  const number = ++refreshes;
  try {
    const state = await (await fetch("/sandbox/state")).json();
    if (number !== refreshes) return; // A later one has begun, and its answer is newer.
    for (const name of Object.keys(rows)) draw(name, state[name]);
  } catch {
    say("The sandbox does not answer.", true);
  }
};

$("faultForm").addEventListener("submit", event => {
  event.preventDefault();
  const kind = $("kind").value, filter = $("filter").value.trim();
  send("POST", "/sandbox/faults", {
    kind,
    count: Number($("count").value),
    ...(filter && (/^(event|delivery)_/.test(kind) ? { event_type: filter } : { path: filter })),
  });
});

const keep = async () => {
  if (!document.hidden) await refresh();
  setTimeout(keep, 1500);
};
keep();
