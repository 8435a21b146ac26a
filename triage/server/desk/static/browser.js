// What the browser gives: keys and clicks, a place to keep things, and word of other tabs.

export const MANY = 1000; // waiting steps beyond which the server does not count

const PAUSE = 150; // ms in which a second press can't have meant the new step
const CLICK_PAUSE = 400; // the same for the second click of a double click

// Tell of every key that is pressed on the page itself, and of every button that stands for one:
// press(key, at, pause), `at` by the clock of performance.now().
export function listen(press) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (scroll(event)) return event.preventDefault();
    if (event.repeat || event.key.length !== 1 || event.key === " ") return;
    event.preventDefault();
    press(event.key.toLowerCase(), event.timeStamp, PAUSE);
  });
  for (const button of document.querySelectorAll("#answers button, #more button")) {
    button.addEventListener("click", (event) => {
      const pause = event.detail > 1 ? CLICK_PAUSE : PAUSE;
      press(button.getAttribute("aria-keyshortcuts"), event.timeStamp, pause);
    });
  }
}

// Scroll by keys what does not fit: the earlier steps, or with Shift the step itself.
function scroll(event) {
  const area = event.shiftKey ? document.getElementById("step-text") : document.getElementById("context");
  const page = area.clientHeight * 0.9;
  const far = { ArrowUp: -48, ArrowDown: 48, PageUp: -page, PageDown: page }[event.key];
  if (far === undefined) return false;
  area.scrollBy({ top: far });
  return true;
}

// What is pressed in a dialog is for the dialog, also if it closes at that.
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
}

// The tab that was opened last has the deck: two would each hold steps of their own.
// Gives what takes it back.
export function onlyTab(name, leave) {
  const tabs = new BroadcastChannel(name);
  tabs.onmessage = leave;
  tabs.postMessage("here");
  return () => tabs.postMessage("here");
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

export function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing still sends
  }
}
