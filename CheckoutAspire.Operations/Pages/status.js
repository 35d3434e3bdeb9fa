// Replaces the figures of the status page every few seconds while the page is visible. The page is complete without this script.
const live = document.getElementById('live');
const state = document.getElementById('live-state');
const pause = document.getElementById('live-pause');
const seconds = 5;
let isPaused = false;

pause.hidden = false;
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  show(isPaused ? 'Updates are paused.' : '');
});

// Announced by screen readers when it changes, and only then.
function show(text) {
  if (state.textContent !== text) {
    state.textContent = text;
  }
}

// A person who reads the table or follows a link by the keyboard is not interrupted.
function mayReplace() {
  return !isPaused && document.visibilityState !== 'hidden' && !live.contains(document.activeElement);
}

async function update() {
  if (!mayReplace()) {
    return;
  }

  try {
    const answer = await fetch(live.dataset.source, { redirect: 'error' });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }

    const text = await answer.text();
    if (!mayReplace()) {
      return;
    }

    const page = new DOMParser().parseFromString(text, 'text/html');
    const fresh = page.getElementById('live');
    for (const details of live.querySelectorAll('details[open]')) {
      fresh.querySelector('#' + details.id)?.setAttribute('open', '');
    }

    live.replaceChildren(...fresh.childNodes);
    show('');
  } catch {
    show('These figures are not updated: the service does not answer, or you are signed out.');
  }
}

setInterval(update, seconds * 1000);
