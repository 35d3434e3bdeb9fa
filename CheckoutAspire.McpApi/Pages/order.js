// Polls the order's state at growing intervals, and reloads the page when it has changed.
const shown = document.querySelector("main").dataset.state;
const url = "/checkout/state" + location.search;
let wait = 1000;

async function ask() {
  try {
    const response = await fetch(url, { cache: "no-store" });
    if (response.ok && (await response.json()).state !== shown) {
      location.reload();
      return;
    }
  } catch {
    // A temporary network error: try again later.
  }
  wait = Math.min(wait * 1.4, 30000);
  setTimeout(ask, wait);
}

setTimeout(ask, wait);
