// The desk: one step at a time, its answer by a key, the next one already there.

import { listen, newId, onlyTab, read, write } from "./browser.js";
import * as view from "./view.js";
import { Deck, Outbox } from "./wire.js";

const { $, LABELS } = view;
const API = "/api/v1/queue";
const QUESTION = 600; // ms in which a number follows the key that asks for a reason
const UNDOS = 3;
const LONG_AWAY = 5 * 60_000;
const DRAFTS = 8; // steps of which the begun words are kept, should one come again later

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
let practice = null; // the step of the first visit, and what is said after it
let elsewhere = false;
let waiting = null; // the answer whose storing the reveal waits for

const now = () => practice?.step ?? deck.first;

function show() {
  painted = Infinity;
  const item = now();
  if (!item) return nothing();
  const kept = read(own("drafts"), []).find((one) => one.token === item.token);
  draft = { ...view.blank(), ...(kept ?? item.draft) };
  view.paint(item, practice ? null : deck.left);
  view.showDraft(draft);
  view.whenPainted((at) => {
    if (now() !== item) return;
    [painted, since, spent] = [at, at, 0];
    performance.mark("step-painted");
    view.reachable();
  });
}

const idle = () => !(practice || waiting || elsewhere || deck.first);

function nothing() {
  if (!idle()) return;
  const { connection } = document.body.dataset;
  if (deck.refusal) view.noExpert(deck.refusal);
  else if (deck.heard && (deck.loading || connection === "sending")) view.onItsWay();
  else if (deck.heard && connection === "stored") stand();
  else if (deck.heard || !deck.loading) view.notHere();
}

// Nothing waits: because all is done, or because a domain's queue is closed to the expert.
async function stand() {
  const shut = await import("./standing.js").then(({ closed }) => closed()).catch(() => []);
  if (!idle() || deck.loading) return;
  if (shut.length) view.notAdmitted(shut);
  else view.empty(given.length ? undo : null);
}

function keepDraft() {
  view.showDraft(draft);
  if (practice) return;
  const token = now()?.token;
  const others = read(own("drafts"), []).filter((one) => one.token !== token);
  write(own("drafts"), [...others, { ...draft, token }].slice(-DRAFTS));
}

// ---- answers ----

function answer({ word, shown }, at) {
  view.mark(word);
  if (practice) return practice.after(word, begin);
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
  if (practice || !last) return view.say("There is nothing to take back.");
  remember(given.slice(0, -1));
  const { token, position } = last.item;
  if (!outbox.withdraw(last.id)) {
    const body = last.skipped ? { token } : { answer_id: last.id };
    outbox.add({ id: last.id, kind: "undo", token, path: `${API}/undo`, body });
  }
  deck.back(last.item);
  show();
  view.say(`Step ${position} is before you again.`);
}

async function skip() {
  const item = now();
  const reason = await view.whySkip();
  if (!reason || now() !== item || practice) return;
  deck.leave();
  const id = newId();
  remember([...given, { item: { ...item, draft }, id, skipped: true }]);
  outbox.add({ id, kind: "skip", token: item.token, path: `${API}/skip`, body: { token: item.token, reason } });
  view.say(`Step ${item.position}: skipped. u takes it back.`);
  show();
}

async function flag() {
  const item = now();
  const what = await view.whatIsWrong();
  if (!what || now() !== item || practice) return;
  outbox.add({ id: newId(), kind: "flag", token: item.token, path: `${API}/flag`, body: { token: item.token, what } });
  view.say("The problem is flagged.");
}

async function words(name, title, label, start) {
  const item = now();
  const hint = "It goes with your answer.";
  const before = draft[name];
  // what is being written is kept as well, should the page go
  const take = (written) => {
    if (now() !== item) return;
    draft[name] = written === start.trim() ? "" : written;
    keepDraft();
  };
  const text = before || start;
  take((await view.ask({ title, hint, label, done: "keep", text, empty: true, typed: take })) ?? before);
}

// ---- what the server says ----

function stored(act, reply) {
  if (act.kind === "undo") recalled(act, reply.item);
  if (waiting?.id === act.id) reveal();
  if (reply.notice) view.notice(reply.notice);
  deck.refill();
}

// The step that was taken back lies before us again, perhaps under another token.
function recalled(act, item) {
  if (!item) {
    const first = deck.first;
    deck.drop(act.token);
    if (deck.first !== first) show();
    return view.notice("It is taken back; its step lies before a colleague now, or is decided.");
  }
  deck.rename(act.token, item.token);
  outbox.rename(act.token, item.token);
  for (const one of given) if (one.item.token === act.token) one.item.token = item.token;
}

function refused(act, problem) {
  remember(given.filter((one) => one.id !== act.id));
  const what = act.place ? `Your answer to ${act.place.toLowerCase()}` : `Your ${act.kind}`;
  const isLost = (problem.type ?? "").endsWith(":lease-lost");
  const why = isLost ? "the step went to a colleague or is decided" : problem.detail;
  view.notice(`${what} was not counted: ${why ?? "the server refused it"}.`);
  // what is still before us by the server's word comes again
  deck.gone.delete(act.token);
  if (waiting?.id === act.id) goOn();
  deck.load();
}

function changed(state) {
  view.connection(state, outbox.acts.length);
  if ((state === "offline" || state === "busy") && waiting) goOn();
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
  view.notice("The step before you lies before a colleague now, or comes again later. Here is what comes next.");
}

// ---- after the answer, where the house wants it ----

async function reveal() {
  const { item, id, word, inherits } = waiting;
  const change = await import("./reveal.js").then(({ confer }) => confer(item, id, word)).catch(() => null);
  if (change) {
    const again = newId();
    const body = { answer_id: again, amends: id, inherits_error: inherits, ...change };
    outbox.add({ id: again, kind: "amend", token: item.token, path: `${API}/amend`, body });
    remember(given.filter((one) => one.id !== id));
    view.say(`Step ${item.position}: both answers are kept.`);
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
  // a step beyond what a correction may hold is not the start of one
  c: () => words("correction", "The step as it should be", "Corrected step", view.fits(now().source) ? now().source : ""),
  s: skip,
  f: flag,
  p: view.fold,
  g: guideline,
};

async function guideline() {
  const opened = await import("./guideline.js").then(({ show }) => show(now().domain)).catch(() => false);
  if (!opened) view.say("The guideline can't be loaded now: the server can't be reached.");
}

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

listen(press);

$("sign-out").addEventListener("click", async () => {
  await fetch("/api/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": outbox.csrf } }).catch(() => null);
  location.reload();
});

// ---- first visit, time away, other tabs ----

function begin() {
  write(own("seen"), true);
  practice = null;
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
const takeOver = onlyTab(own("tab"), () => {
  elsewhere = true;
  deck.stop();
  outbox.stop();
  view.otherTab(() => {
    elsewhere = false;
    takeOver();
    given = read(own("given"), []);
    outbox.start();
    deck.start();
  });
});

for (const act of outbox.acts) if (act.kind !== "flag") deck.gone.add(act.token);
if (read(own("seen"), false)) deck.start();
else {
  practice = await import("./practice.js");
  show();
}
outbox.send();
