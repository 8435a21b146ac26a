// Paints a step and its surroundings, and knows when it was painted.

import { MANY } from "./browser.js";

export const $ = (id) => document.getElementById(id);

export const LABELS = [...document.querySelectorAll("#answers button")].map((button) => ({
  word: button.dataset.label,
  shown: button.querySelector("b").lastChild.textContent,
  button,
}));

const folded = new Set();
let trace = null;

// Put a step on the page. Its texts come from the server, made safe there.
export function paint(item, left) {
  document.body.dataset.state = "step";
  $("state").hidden = true;
  $("domain").textContent = item.domain;
  $("position").textContent = `step ${item.position} of ${item.of}`;
  showLeft(left);
  $("problem-text").innerHTML = item.problem;
  list($("options"), item.options);
  list($("earlier"), item.earlier);
  $("earlier-part").hidden = !item.earlier.length;
  $("step-name").textContent = `Step ${item.position}`;
  $("step-text").innerHTML = item.step;
  $("step-text").scrollTop = 0;
  const same = trace === item.trace;
  trace = item.trace;
  $("problem").open = !folded.has(trace);
  // a new problem is read from its beginning; within a trace the latest step is what matters
  $("context").scrollTop = same ? $("context").scrollHeight : 0;
  shadow();
  $("step").focus({ preventScroll: true });
}

export function showLeft(left) {
  const shown = left >= MANY ? `${MANY.toLocaleString("en")}+` : left;
  $("left").textContent = left === null ? "" : `${shown} left in this sitting`;
}

// What scrolls in itself shows that it goes on, and can be reached by the keyboard as well.
export function reachable() {
  for (const one of document.querySelectorAll("#desk .wide, #desk .block")) {
    const goesOn = one.scrollWidth > one.clientWidth;
    one.classList.toggle("more", goesOn);
    if (goesOn) one.tabIndex = 0;
  }
}

// Calls back with the time at which what is on the page now has reached the eye.
export function whenPainted(tell) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => tell(performance.now());
    channel.port2.postMessage(null);
  });
}

function list(place, texts) {
  place.replaceChildren(
    ...texts.map((text) => {
      const one = document.createElement("li");
      const inner = document.createElement("div");
      inner.className = "text";
      inner.dir = "auto";
      inner.innerHTML = text;
      one.append(inner);
      return one;
    }),
  );
}

// Replace the step by a calm message; `parts` are lines or elements.
export function tell(title, ...parts) {
  const heading = document.createElement("h1");
  heading.textContent = title;
  const lines = parts.map((part) => {
    if (part instanceof Node) return part;
    const line = document.createElement("p");
    line.textContent = part;
    return line;
  });
  const whole = [heading, ...lines].map((one) => one.textContent).join("");
  // what is on the page already is not said again
  if (document.body.dataset.state === "message" && $("state").textContent === whole) return;
  document.body.dataset.state = "message";
  for (const id of ["domain", "position", "left"]) $(id).textContent = "";
  $("state").replaceChildren(heading, ...lines);
  $("state").hidden = false;
  $("state").focus({ preventScroll: true });
}

export function button(text, key, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "main";
  if (key) {
    const mark = document.createElement("kbd");
    mark.textContent = key;
    mark.ariaHidden = "true";
    made.append(mark);
  }
  made.append(text);
  made.addEventListener("click", act);
  return made;
}

export function say(text) {
  $("said").textContent = text;
  $("said").classList.remove("notice");
}

// Something that must be seen, such as what was not counted: it stays until the next word.
export function notice(text) {
  say(text);
  $("said").classList.add("notice");
}

// Mark the chosen answer for a moment; the next step does not wait for it.
export function mark(word) {
  const chosen = LABELS.find((label) => label.word === word).button;
  chosen.classList.add("chosen");
  setTimeout(() => chosen.classList.remove("chosen"), 150);
}

export const blank = () => ({ inherits: false, note: "", correction: "" });

export function showDraft(draft) {
  $("inherits").ariaPressed = String(draft.inherits);
  for (const name of ["note", "correction"]) {
    $(name).classList.toggle("filled", Boolean(draft[name]));
  }
}

const LONGEST = { reason: 2_000, words: 20_000 }; // characters that the server takes

// Whether the server would take a text as a note or a correction.
export const fits = (text) => text.length <= LONGEST.words;

// Ask for a text, or for one of some reasons by its number; gives null if the expert went back.
// What stands there while it is written is told to `typed`.
export function ask({ title, hint = "", label, done, choices = [], text = "", empty = false, typed = () => {} }) {
  const dialog = $("ask");
  $("ask-title").textContent = title;
  $("ask-hint").textContent = hint;
  $("ask-hint").hidden = !hint;
  $("ask-label").textContent = label;
  $("ask-done").textContent = done;
  $("ask-text").value = text;
  $("ask-text").required = !empty;
  $("ask-text").maxLength = empty ? LONGEST.words : LONGEST.reason;
  $("ask-text").oninput = () => typed($("ask-text").value.trim());
  return new Promise((resolve) => {
    let chosen = null;
    const take = (choice) => {
      chosen = choice;
      dialog.close("done");
    };
    $("ask-choices").replaceChildren(
      ...choices.map((choice, at) => button(choice, String(at + 1), () => take(choice))),
    );
    dialog.onkeydown = (event) => {
      if (event.isComposing || event.repeat) return;
      const begun = $("ask-text").value !== "";
      const choice = choices[Number(event.key) - 1];
      if (choice && !begun && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        take(choice);
      } else if (event.key === "Enter" && event.target === $("ask-text") && !event.shiftKey) {
        event.preventDefault();
        if ($("ask-text").value.trim() || empty) dialog.close("done");
      }
    };
    dialog.onclose = () => {
      const written = $("ask-text").value.trim();
      resolve(dialog.returnValue === "done" ? (chosen ?? written) : null);
    };
    dialog.returnValue = "";
    dialog.showModal();
    $("ask-text").focus();
  });
}

const SKIPS = ["outside my field", "not readable as shown", "I know the people or the case"];
const FLAGS = ["contradicts itself", "something is missing", "has no or several right answers"];

export function whySkip() {
  const hint = "It goes to others.";
  return ask({ title: "Why skip this step?", hint, label: "Another reason", done: "skip", choices: SKIPS });
}

export function whatIsWrong() {
  const hint = "The step stays before you: judge or skip it as well.";
  return ask({ title: "What is wrong with the problem?", hint, label: "Something else", done: "flag", choices: FLAGS });
}

export function fold() {
  $("problem").open = !$("problem").open;
}

function shadow() {
  const area = $("context");
  area.classList.toggle("above", area.scrollTop > 4);
  area.classList.toggle("below", area.scrollTop + area.clientHeight < area.scrollHeight - 4);
}

$("problem").addEventListener("toggle", () => {
  if ($("problem").open) folded.delete(trace);
  else folded.add(trace);
  shadow();
});
$("context").addEventListener("scroll", shadow, { passive: true });
addEventListener("resize", shadow);

// ---- what the page says when there is no step to judge, and how the connection is ----

export function connection(state, waits) {
  const many = waits === 1 ? "1 answer is kept here and sent by itself." : `${waits} answers are kept here and sent by themselves.`;
  const texts = {
    offline: `Offline. ${waits ? many : ""}`,
    busy: `The server is busy. ${waits ? many : ""}`,
    "signed-out": `Signed out: sign in again in another tab. ${waits ? many : ""}`,
  };
  $("storing").textContent = texts[state] ?? "";
  document.body.dataset.connection = state;
}

export function onItsWay() {
  tell("One moment", "Your answer is being stored; the next step comes by itself.");
}

export function empty(undo) {
  tell(
    "Nothing waits for you now",
    "Steps come when new traces are read in or colleagues leave some to you, in the fields that you judge.",
    "Leave this page open if you like: it looks every 20 seconds.",
    ...(undo ? [button("take back the last answer", "u", undo)] : []),
    link("/me", "your page: what you did, and how far it agrees"),
    ...[...document.querySelectorAll("header a[data-also]")].map((one) => link(one.href, one.textContent)),
  );
}

export function notHere() {
  tell("The next step is not here yet", "The server can't be reached. Your answers are kept here, and this page goes on by itself.");
}

// The server says what is missing and who can do something about it.
export function noExpert(refusal) {
  tell("No steps for you here", `${refusal.detail}.`, "This page looks again by itself.");
}

// After a calibration round that was below what is asked: the result, and what to do.
export function notAdmitted(closed) {
  const parts = closed.flatMap(({ domain, told }) => [
    ...(closed.length > 1 ? [`${domain}:`] : []),
    ...told,
    link(`/guidelines/${encodeURIComponent(domain)}`, `guideline for ${domain}`),
  ]);
  const name = closed.length > 1 ? "some fields" : closed[0].domain;
  tell(`Not admitted to ${name} yet`, ...parts, link("/me", "your page"), "This page looks again by itself.");
}

function link(address, text) {
  const line = document.createElement("p");
  const made = document.createElement("a");
  made.href = address;
  made.textContent = text;
  line.append(made);
  return line;
}

export function otherTab(back) {
  tell("The desk is open in another tab", "Nothing is lost: that tab goes on where this one was.", button("use it here", "Enter", back));
  $("state").querySelector("button").focus();
}
