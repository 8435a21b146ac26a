// The desk: one step at a time, its answer by a key, the next one already there.

import { Deck } from "./deck.js";
import { Outbox, read, write } from "./outbox.js";
import * as view from "./view.js";

const { $, LABELS } = view;
const API = "/api/v1/queue";
const PAUSE = 150; // ms in which a second press can't have meant the new step
const CLICK_PAUSE = 400; // the same for the second click of a double click
const QUESTION = 600; // ms in which a number follows the key that asks for a reason
const UNDOS = 3;
const LONG_AWAY = 5 * 60_000;
const SKIPS = ["outside my field", "not readable as shown", "I know the people or the case"];
const FLAGS = ["contradicts itself", "something is missing", "has no or several right answers"];

const PRACTICE = view.practice();
const person = document.body.dataset.person;
const reveals = document.body.dataset.reveal === "after";
const own = (name) => `triage.desk.${person}.${name}`;

const outbox = new Outbox(person, document.body.dataset.csrf, { stored, refused, changed });
const deck = new Deck(outbox, { came, lost, failed: changed });

let given = read(own("given"), []); // the last answers, for undo
let draft = view.blank();
let painted = Infinity; // when the step on the page reached the eye
let muted = 0;
let spent = 0; // ms it was looked at before the page was last hidden
let since = 0;
let practising = false;
let elsewhere = false;
let waiting = null; // the answer whose storing the reveal waits for

const now = () => (practising ? PRACTICE : deck.first);

function show() {
  painted = Infinity;
  const item = now();
  if (!item) return nothing();
  const kept = read(own("draft"), null);
  draft = { ...view.blank(), ...(kept?.token === item.token ? kept : item.draft) };
  view.paint(item, practising ? null : deck.left);
  view.showDraft(draft);
  view.whenPainted((at) => {
    if (now() !== item) return;
    [painted, since, spent] = [at, at, 0];
    performance.mark("step-painted");
    view.reachable();
  });
}

function nothing() {
  if (practising || waiting || elsewhere) return;
  if (deck.refusal) view.notAdmitted(deck.refusal);
  else if (deck.heard && document.body.dataset.connection === "stored") view.empty();
  else if (deck.heard || !deck.loading) view.notHere();
}

function keepDraft() {
  view.showDraft(draft);
  if (!practising) write(own("draft"), { token: now()?.token, ...draft });
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

// ---- answers ----

function answer({ word, shown }, at) {
  view.mark(word);
  if (practising) return view.afterPractice(word, begin);
  const item = deck.leave();
  const id = newId();
  const body = {
    answer_id: id,
    token: item.token,
    label: word,
    inherits_error: draft.inherits || null,
    seconds: Math.max(0, Math.round((spent + at - since) / 10) / 100),
    note: draft.note || null,
    correction: draft.correction || null,
    mode: "blind",
  };
  const place = `Step ${item.position}`;
  remember([...given, { item: { ...item, draft }, id }]);
  outbox.add({ id, kind: "answer", token: item.token, path: `${API}/answers`, body, place });
  view.say(`${place}: ${shown}${draft.inherits ? ", rests on an earlier error" : ""}. u takes it back.`);
  painted = Infinity;
  if (reveals) waiting = { item, id, word, inherits: body.inherits_error };
  else show();
}

function remember(answers) {
  given = answers.slice(-UNDOS);
  write(own("given"), given);
}

function undo() {
  const last = given.at(-1);
  if (practising || !last) return view.say("There is nothing to take back.");
  remember(given.slice(0, -1));
  const { token, position } = last.item;
  if (!outbox.withdraw(last.id)) {
    const body = { answer_id: last.id };
    outbox.add({ id: last.id, kind: "undo", token, path: `${API}/undo`, body });
  }
  deck.back(last.item);
  show();
  view.say(`Step ${position} is before you again.`);
}

async function skip() {
  const item = now();
  const hint = "You will not see it again.";
  const reason = await view.ask({ title: "Why skip this step?", hint, label: "Another reason", done: "skip", choices: SKIPS });
  if (!reason || now() !== item || practising) return;
  deck.leave();
  outbox.add({ id: newId(), kind: "skip", token: item.token, path: `${API}/skip`, body: { token: item.token, reason } });
  view.say(`Step ${item.position}: skipped.`);
  show();
}

async function flag() {
  const item = now();
  const hint = "The step stays before you: judge or skip it as well.";
  const what = await view.ask({ title: "What is wrong with the problem?", hint, label: "Something else", done: "flag", choices: FLAGS });
  if (!what || now() !== item || practising) return;
  outbox.add({ id: newId(), kind: "flag", token: item.token, path: `${API}/flag`, body: { token: item.token, what } });
  view.say("The problem is flagged.");
}

async function words(name, title, label, start) {
  const item = now();
  const hint = "It goes with your answer.";
  const written = await view.ask({ title, hint, label, done: "keep", text: draft[name] || start, empty: true });
  if (written === null || now() !== item) return;
  draft[name] = written === start.trim() ? "" : written;
  keepDraft();
}

// ---- what the server says ----

function stored(act, reply) {
  if (act.kind === "undo") recalled(act, reply.item);
  if (waiting?.id === act.id) reveal();
  deck.refill();
}

// The step that was taken back lies before us again, perhaps under another token.
function recalled(act, item) {
  if (!item) {
    const first = deck.first;
    deck.drop(act.token);
    if (deck.first !== first) show();
    return view.notice("The answer is taken back; its step lies before a colleague now.");
  }
  deck.rename(act.token, item.token);
  outbox.rename(act.token, item.token);
  for (const one of given) if (one.item.token === act.token) one.item.token = item.token;
}

function refused(act, problem) {
  remember(given.filter((one) => one.id !== act.id));
  const what = act.place ? `Your answer to ${act.place.toLowerCase()}` : `Your ${act.kind}`;
  view.notice(`${what} was not counted: ${problem.detail ?? "the server refused it"}.`);
  if (waiting?.id === act.id) goOn();
  deck.load();
}

function changed(state) {
  view.connection(state, outbox.acts.length);
  if (state === "offline" && waiting) goOn();
  if (state === "stored" && !deck.first) deck.refill();
  if (!deck.first) nothing();
}

function came(before) {
  if (outbox.acts.length === 0) view.connection("stored", 0);
  if (waiting || elsewhere) return;
  if (!deck.first) nothing();
  else if (deck.first.token !== before || document.body.dataset.state !== "step") show();
  else view.showLeft(deck.left);
}

function lost() {
  view.notice("The step before you went to a colleague while you were away. Here is what comes next.");
}

// ---- after the answer, where the house wants it ----

async function reveal() {
  const { item, id, word, inherits } = waiting;
  const told = await fetch(`${API}/reveal?${new URLSearchParams({ answer_id: id })}`).catch(() => null);
  if (told?.ok) {
    const { confer } = await import("./reveal.js");
    const change = await confer(item, word, (await told.json()).proposals);
    if (change) {
      const again = newId();
      const body = { answer_id: again, amends: id, inherits_error: inherits, ...change };
      outbox.add({ id: again, kind: "amend", token: item.token, path: `${API}/amend`, body });
      remember(given.filter((one) => one.id !== id));
      view.say(`Step ${item.position}: both answers are kept.`);
    }
  }
  goOn();
}

function goOn() {
  waiting = null;
  show();
}

// ---- keys and clicks ----

const ACTS = {
  i: () => {
    draft.inherits = !draft.inherits;
    keepDraft();
  },
  n: () => words("note", "Note", "What a colleague should know", ""),
  c: () => words("correction", "The step as it should be", "Corrected step", now().source),
  s: skip,
  f: flag,
  p: view.fold,
};

function press(key, at, pause) {
  if (elsewhere || waiting) return;
  if (key === "?") return $("guide").showModal();
  const isThere = document.body.dataset.state === "step" && now();
  if (!isThere) return key === "u" ? undo() : undefined;
  // a key belongs to the step that was before the eye when it was pressed, and so does a number
  // that was meant for a question which that key would have asked
  if (at < painted) {
    if (ACTS[key]) muted = at + QUESTION;
    return;
  }
  const label = LABELS[Number(key) - 1];
  if (!label && key !== "u") return ACTS[key]?.();
  if (at < Math.max(painted + pause, muted)) return;
  if (label) answer(label, at);
  else undo();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (view.scroll(event)) return event.preventDefault();
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

$("sign-out").addEventListener("click", async () => {
  await fetch("/api/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": outbox.csrf } }).catch(() => null);
  location.reload();
});

// ---- first visit, time away, other tabs ----

function begin() {
  write(own("seen"), true);
  practising = false;
  deck.start();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) spent += Math.max(0, performance.now() - since);
  else {
    since = performance.now();
    if (Date.now() - deck.at > LONG_AWAY) deck.load();
  }
});
addEventListener("online", () => deck.load());
// the tab that was opened last has the desk: two would each hold steps of their own
const tabs = new BroadcastChannel(own("tab"));
tabs.onmessage = () => {
  elsewhere = true;
  deck.stop();
  outbox.stop();
  view.otherTab(() => {
    elsewhere = false;
    tabs.postMessage("here");
    given = read(own("given"), []);
    outbox.start();
    deck.start();
  });
};
tabs.postMessage("here");

for (const act of outbox.acts) if (act.kind !== "flag") deck.gone.add(act.token);
if (read(own("seen"), false)) deck.start();
else {
  practising = true;
  show();
}
outbox.send();
