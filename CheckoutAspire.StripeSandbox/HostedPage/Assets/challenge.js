"use strict";
// Sends the buyer's answer to the server, and passes the result to the payment page.
for (const [id, authenticated] of [["test-source-authorize-3ds", true], ["test-source-fail-3ds", false]]) {
  const answer = document.getElementById(id);
  answer.addEventListener("click", async () => {
    document.querySelectorAll("button").forEach(button => { button.disabled = true; });
    let result;
    try {
      const response = await fetch(document.body.dataset.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ authenticated }),
      });
      result = await response.json();
    } catch {
      result = { result: "error", message: "The sandbox did not answer. Try again." };
    }
    window.top.postMessage({ type: "sandbox-3ds", result }, location.origin);
  });
  // Until here a click would be lost, because nothing listens to it.
  answer.disabled = false;
}
