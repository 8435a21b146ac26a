// The desk: one step at a time, its answer by a key, the next one already there.

import { Outbox, read, write } from "./outbox.js";
import { $, LABELS, ask, button, fold, mark, paint, say, scroll, showDraft, showLeft, tell, whenPainted } from "./view.js";

const API = "/api/v1/queue";
const AHEAD = 4; // steps that are there before they are needed
const MOST = 5; // steps the server hands out at once
const PAUSE = 150; // ms in which a second press can't have meant the new step
const CLICK_PAUSE = 400; // the same for the second click of a double click
const UNDOS = 3;
const LOOK_AGAIN = 20_000;
const LONG_AWAY = 5 * 60_000;
const SKIPS = ["outside my field", "not readable as shown", "I know the people or the case"];
const FLAGS = ["contradicts itself", "something is missing", "has no or several right answers"];

const person = document.body.dataset.person;
const own = (name) => `triage.desk.${person}.${name}`;
const blank = () => ({ inherits: false, note: "", correction: "" });

let deck = []; // loaded and not answered, in order; the first one is on the page
let given = []; // the last answers, for undo
let draft = blank();
let left = null;
let painted = Infinity; // when the step on the page reached the eye
let spent = 0; // ms it was looked at before the page was last hidden
let since = 0;
let loading = false;
let practising = false;
let elsewhere = false;
let lastLoad = 0;
let timer = null;

const outbox = new Outbox(person, document.body.dataset.csrf, { stored, refused, changed });

function now() {
  return deck[0];
}

function show() {
  painted = Infinity;
  const item = now();
  if (!item) return nothing();
  const kept = read(own("draft"), null);
  draft = kept?.token === item.token ? { ...blank(), ...kept } : (item.draft ?? blank());
  paint(item, left);
  showDraft(draft);
  whenPainted((at) => {
    if (now() !== item) return;
    painted = at;
    spent = 0;
    since = at;
    performance.measure("step", { start: at, end: at });
  });
}

function keepDraft() {
  showDraft(draft);
  if (!practising) write(own("draft"), { token: now()?.token, ...draft });
}

function seconds(at) {
  return Math.max(0, Math.round((spent + at - since) / 10) / 100);
}

// ---- answers ----

function answer(label, at) {
  const item = now();
  if (practising) return practised(label);
  mark(label);
  const id = newId();
  const body = { answer_id: id, token: item.token, label, mode: "blind", seconds: seconds(at) };
  body.inherits_error = draft.inherits || null;
  body.note = draft.note || null;
  body.correction = draft.correction || null;
  const place = `Step ${item.position}`;
  const shown = LABELS.find((one) => one.word === label).shown;
  leave(item, { id, kind: "answer", token: item.token, path: `${API}/answers`, body, place, label });
  say(`${place}: ${shown}${draft.inherits ? ", rests on an earlier error" : ""}. u takes it back.`);
  if (item.reveal) waitForReveal(item, id, label);
  else show();
}

// Take the step off the page and send what was done with it.
function leave(item, act) {
  deck.shift();
  given.push({ item: { ...item, draft: { ...draft } }, id: act.id });
  given = given.slice(-UNDOS);
  write(own("given"), given);
  if (left) left -= 1;
  painted = Infinity;
  outbox.add(act);
  refill();
}

function undo() {
  const last = given.pop();
  if (practising || !last) return say("There is nothing to take back.");
  write(own("given"), given);
  const token = last.item.token;
  if (!outbox.withdraw(last.id)) {
    const path = `${API}/undo`;
    outbox.add({ id: last.id, kind: "undo", token, path, body: { answer_id: last.id } });
  }
  deck = [last.item, ...deck.filter((item) => item.token !== token)];
  if (left !== null) left += 1;
  show();
  say(`Step ${last.item.position} is before you again.`);
}

async function skip() {
  const item = now();
  const hint = "You will not see it again.";
  const reason = await ask({ title: "Why skip this step?", hint, label: "Another reason", done: "skip", choices: SKIPS });
  if (!reason || now() !== item || practising) return;
  deck.shift();
  if (left) left -= 1;
  painted = Infinity;
  outbox.add({ id: newId(), kind: "skip", token: item.token, path: `${API}/skip`, body: { token: item.token, reason } });
  say(`Step ${item.position}: skipped.`);
  show();
  refill();
}

async function flag() {
  const item = now();
  const hint = "The step stays before you: judge or skip it as well.";
  const note = await ask({ title: "What is wrong with the problem?", hint, label: "Something else", done: "flag", choices: FLAGS });
  if (!note || practising) return;
  outbox.add({ id: newId(), kind: "flag", token: item.token, path: `${API}/flag`, body: { token: item.token, what: note } });
  say("The problem is flagged.");
}

async function write_(name, title, label) {
  const item = now();
  const text = draft[name] || (name === "correction" ? (item.source ?? "") : "");
  const hint = "It goes with your answer.";
  const written = await ask({ title, hint, label, done: "keep", text, empty: true });
  if (written === null || now() !== item) return;
  draft[name] = name === "correction" && written === (item.source ?? "").trim() ? "" : written;
  keepDraft();
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

// ---- what the server says ----

function stored(act, reply) {
  if (act.kind === "undo") recall(act, reply.item);
  if (waiting?.id === act.id) reveal();
  refill();
}

// The step that was taken back lies before us again, perhaps under another token.
function recall(act, item) {
  if (item) return renamed(act.token, item.token);
  const shown = now()?.token === act.token;
  deck = deck.filter((one) => one.token !== act.token);
  if (shown) show();
  notice("The answer is taken back; its step lies before a colleague now.");
}

function renamed(before, after) {
  for (const item of [...deck, ...given.map((one) => one.item)]) {
    if (item.token === before) item.token = after;
  }
  for (const act of outbox.acts) {
    if (act.token === before) {
      act.token = after;
      act.body.token = after;
    }
  }
  outbox.keep();
}

function refused(act, problem) {
  given = given.filter((one) => one.id !== act.id);
  write(own("given"), given);
  const what = act.place ? `Your answer to ${act.place.toLowerCase()}` : `Your ${act.kind}`;
  const lost = (problem.type ?? "").endsWith(":lease-lost");
  const why = lost ? "the step had gone to a colleague while you were away" : (problem.detail ?? "the server refused it");
  notice(`${what} was not counted: ${why}.`);
  if (waiting?.id === act.id) {
    waiting = null;
    show();
  }
  look();
}

// A notice stays until the next one or a press on it: what was not counted must be seen.
function notice(text) {
  say(text);
  $("said").classList.add("notice");
  setTimeout(() => $("said").classList.remove("notice"), 8000);
}

function changed(state) {
  const waits = outbox.acts.length;
  const many = waits === 1 ? "1 answer is" : `${waits} answers are`;
  const texts = {
    stored: "",
    sending: "",
    offline: `Offline. ${many} kept here and sent by itself.`.replace("are kept here and sent by itself", "are kept here and sent by themselves"),
    "signed-out": `You are signed out. ${many} kept here until you sign in again in another tab.`,
  };
  $("storing").textContent = texts[state];
  document.body.dataset.connection = state;
  if (state === "stored" && !now() && !loading && !elsewhere && !waiting) refill();
}

async function refill(anew = false) {
  if (loading || elsewhere || practising || (!anew && deck.length >= AHEAD)) return;
  loading = true;
  clearTimeout(timer);
  const pending = outbox.acts.length;
  const known = anew ? [] : deck.map((item) => item.token);
  const query = new URLSearchParams({ count: String(Math.min(MOST, AHEAD + pending)), known: known.join(" ") });
  let reply = null;
  try {
    const answer = await fetch(`/desk/items?${query}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) changed("signed-out");
    else if (answer.ok) reply = await answer.json();
  } catch {
    changed("offline");
  }
  loading = false;
  lastLoad = Date.now();
  if (reply) take(reply, pending);
  else if (!now()) nothing();
  if (deck.length < AHEAD) timer = setTimeout(() => refill(), now() && reply ? LOOK_AGAIN : 3000);
}

function take(reply, pending) {
  const before = now()?.token;
  const open = reply.items.filter((item) => !outbox.holds(item.token));
  const had = new Map(deck.map((item) => [item.token, item]));
  const kept = deck.filter((item) => open.some((one) => one.token === item.token));
  const lost = before && !open.some((item) => item.token === before) && !recalled(before);
  const rest = deck.filter((item) => recalled(item.token) && !kept.includes(item));
  const fresh = open.filter((item) => !had.has(item.token) && item.step !== undefined);
  deck = [...rest, ...kept, ...fresh];
  if (reply.left !== null && reply.left !== undefined) left = Math.max(deck.length, reply.left - pending);
  state = reply;
  if (waiting) return;
  if (now()?.token !== before) show();
  else if (now()) showLeft(left);
  else nothing();
  if (lost) notice("The step before you had gone to a colleague while you were away. Here is the next one.");
}

// A step that was taken back is ours although the server may not have heard of it yet.
function recalled(token) {
  return outbox.acts.some((act) => act.kind === "undo" && act.token === token);
}

// ---- states without a step ----

let state = null;

function nothing() {
  if (practising || waiting) return;
  if (elsewhere) return;
  if (loading && !state) return;
  if (state === null || document.body.dataset.connection === "offline") {
    return tell("The next step is not here yet", "The server can't be reached. Your answers are kept; this page goes on by itself.");
  }
  if (state.why === "not-admitted") {
    const go = state.link ? [button("begin", null, () => location.assign(state.link))] : [];
    return tell("Not admitted yet", state.message, ...go);
  }
  tell("Nothing waits for you now", state.message ?? "Steps come as soon as there are any in your fields. You can leave this page open: it looks by itself.");
}

function look() {
  refill(true);
}

function practise() {
  practising = true;
  const part = (name) => $("practice").content.querySelector(`[data-part=${name}]`).innerHTML;
  deck = [{ token: "practice", trace: "practice", domain: "practice", position: 2, of: 2, problem: part("problem"), options: [], earlier: [part("earlier")], step: part("step") }];
  left = null;
  show();
  say("First visit: judge the framed step by 1, 2, 3 or 4. This one is for practice. ? explains the keys.");
}

function practised(label) {
  mark(label);
  const right = label === "necessary";
  const why = right ? "So would we: it follows from step 1 and gives the answer." : "We would press 1: it follows from step 1 and gives the answer.";
  const go = button("begin", "Enter", begin);
  tell("That is all there is to it", why, "Judge each step on the problem and the earlier steps alone.", "Your answer counts at once; u takes it back. Nothing is lost if the connection is.", go);
  go.focus();
}

function begin() {
  write(own("seen"), true);
  practising = false;
  deck = [];
  say("");
  $("state").hidden = true;
  refill();
}

// ---- after the answer, where that is wanted ----

let waiting = null;

function waitForReveal(item, id, label) {
  waiting = { item, id, label };
}

async function reveal() {
  const { item, id, label } = waiting;
  let told = null;
  try {
    const answer = await fetch(`${API}/reveal?${new URLSearchParams({ answer_id: id })}`);
    if (answer.ok) told = await answer.json();
  } catch {
    // what can't be shown now is not worth waiting for
  }
  if (told) await confer(item, id, label, told);
  waiting = null;
  show();
}

async function confer(item, id, label, told) {
  const { shown } = LABELS.find((one) => one.word === label);
  $("reveal-title").textContent = `You said: ${shown}`;
  quote($("reveal-step"), item.source ?? "", told.proposals.find((one) => one.span)?.span);
  $("reveal-proposals").replaceChildren(...told.proposals.map(proposal));
  $("reveal-change").hidden = true;
  const change = await conferring($("reveal"));
  if (!change) return;
  const body = { answer_id: id, label: change.label, note: change.reason };
  outbox.add({ id: `${id}+`, kind: "amend", token: item.token, path: `${API}/amend`, body });
  say(`Step ${item.position}: both answers are kept.`);
}

function proposal(one) {
  const line = document.createElement("li");
  const who = document.createElement("b");
  who.textContent = one.source;
  const label = LABELS.find((label) => label.word === one.label)?.shown ?? one.label ?? "abstained";
  line.append(who, ` ${label}`, one.evidence ? `: ${one.evidence}` : "");
  return line;
}

function quote(place, text, span) {
  const [from, to] = span ?? [0, 0];
  const marked = document.createElement("mark");
  marked.textContent = text.slice(from, to);
  place.replaceChildren(text.slice(0, from), ...(to > from ? [marked] : []), text.slice(to));
}

function conferring(dialog) {
  return new Promise((resolve) => {
    let label = null;
    dialog.onkeydown = (event) => {
      if (event.repeat || event.isComposing) return;
      if (event.target !== $("reveal-reason") && LABELS[Number(event.key) - 1]) {
        label = LABELS[Number(event.key) - 1].word;
        $("reveal-change").hidden = false;
        $("reveal-keep").lastElementChild.textContent = `change to: ${LABELS[Number(event.key) - 1].shown}`;
        $("reveal-reason").focus();
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === $("reveal-reason")) {
        event.preventDefault();
        if ($("reveal-reason").value.trim()) dialog.close();
      }
    };
    dialog.oncancel = () => (label = null);
    dialog.onclose = () => {
      const reason = $("reveal-reason").value.trim();
      resolve(label && reason ? { label, reason } : null);
    };
    $("reveal-reason").value = "";
    $("reveal-keep").lastElementChild.textContent = "keep my answer";
    dialog.showModal();
    $("reveal-keep").focus();
  });
}

// ---- keys and clicks ----

const ACTS = {
  i: () => {
    draft.inherits = !draft.inherits;
    keepDraft();
  },
  n: () => write_("note", "Note", "What a colleague should know"),
  c: () => write_("correction", "The step as it should be", "Corrected step"),
  s: skip,
  f: flag,
};

function press(key, at, pause) {
  if (key === "?") return help();
  if (document.body.dataset.state !== "step" || !now()) {
    if (key === "u") undo();
    return;
  }
  // a key belongs to the step that was before the eye when it was pressed
  if (at < painted) return;
  const label = LABELS[Number(key) - 1];
  if (label || key === "u") {
    if (at < painted + pause) return;
    if (label) answer(label.word, at);
    else undo();
  } else if (key === "p") fold();
  else ACTS[key]?.();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) {
    if (!event.repeat || !event.key.startsWith("Arrow")) return;
  }
  if (elsewhere || document.querySelector("dialog[open]")) return;
  if (scroll(event)) {
    event.preventDefault();
    return;
  }
  if (event.key.length === 1 && event.key !== " ") {
    event.preventDefault();
    press(event.key.toLowerCase(), event.timeStamp, PAUSE);
  }
});

LABELS.forEach(({ button: one }, at) => {
  one.addEventListener("click", (event) => press(String(at + 1), event.timeStamp, event.detail > 1 ? CLICK_PAUSE : PAUSE));
});
for (const [id, key] of Object.entries({ inherits: "i", note: "n", correction: "c", skip: "s", flag: "f", undo: "u", help: "?" })) {
  $(id).addEventListener("click", (event) => press(key, event.timeStamp, event.detail > 1 ? CLICK_PAUSE : PAUSE));
}

async function help() {
  $("guide").showModal();
  const domain = practising ? null : now()?.domain;
  if (!domain || $("guideline").dataset.domain === domain) return;
  const answer = await fetch(`/desk/guideline?${new URLSearchParams({ domain })}`).catch(() => null);
  const guideline = answer?.ok ? await answer.json() : { html: "" };
  $("guideline").innerHTML = guideline.html;
  $("guideline").hidden = !guideline.html;
  $("guideline").dataset.domain = domain;
}

$("sign-out").addEventListener("click", async () => {
  await fetch("/api/v1/session", { method: "DELETE", headers: { "X-CSRF-Token": outbox.csrf } }).catch(() => null);
  location.reload();
});

// ---- time away, other tabs ----

document.addEventListener("visibilitychange", () => {
  if (document.hidden) spent += Math.max(0, performance.now() - since);
  else {
    since = performance.now();
    if (Date.now() - lastLoad > LONG_AWAY) look();
  }
});
addEventListener("online", () => refill());

// the tab that was opened last has the desk: two would each hold steps of their own
const tabs = new BroadcastChannel(own("tab"));
tabs.onmessage = () => {
  elsewhere = true;
  clearTimeout(timer);
  outbox.stop();
  tell("The desk is open in another tab", "Nothing is lost: that tab goes on where this one was.", button("use it here", "Enter", here));
  $("state").querySelector("button").focus();
};

function here() {
  elsewhere = false;
  tabs.postMessage("here");
  deck = [];
  given = read(own("given"), []);
  state = null;
  outbox.start();
  refill();
}

given = read(own("given"), []);
tabs.postMessage("here");
if (read(own("seen"), false)) refill();
else practise();
outbox.send();
