"use strict";
// Shows the sandbox's state and asks for it again; a row is drawn anew only when it changed, so that the focus stays where it is.
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

const answered = delivery =>
  delivery.last_status ? element("span", String(delivery.last_status), { className: delivery.succeeded ? "" : "wrong" })
    : delivery.last_error ? element("span", delivery.last_error, { className: "wrong" })
    : element("span", delivery.attempts ? "" : "not tried yet");

const rows = {
  sessions: session => [
    Object.assign(element("a", `…${session.id.slice(-12)}`, { href: session.page, title: session.id })),
    time(session.created), session.amount, session.status, session.payment_status,
    session.actions.map(action => button(action, "POST", `/sandbox/sessions/${session.id}/${action}`, session.id.slice(-12))),
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
    body.replaceChildren(...drawn);
    if (focused && label) {
      // The button that was pressed may be gone with what it did.
      (body.querySelector(`[aria-label="${CSS.escape(label)}"]`) ?? body.closest(".scroll"))?.focus();
    }
  }
};

const refresh = async () => {
  try {
    const state = await (await fetch("/sandbox/state")).json();
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
