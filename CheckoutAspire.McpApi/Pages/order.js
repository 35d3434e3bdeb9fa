// Asks for the order's state, ever less often, and shows the page anew when it has changed.
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
    // Offline for a moment: the next question may be answered.
  }
  wait = Math.min(wait * 1.4, 15000);
  setTimeout(ask, wait);
}

setTimeout(ask, wait);
