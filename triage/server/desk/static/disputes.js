// Where experts differ: both sides unnamed, one resolution with its reason, final.

import { listen, newId } from "./browser.js";
import { lines } from "./proposals.js";
import * as view from "./view.js";
import { Outbox } from "./wire.js";

const { $, LABELS } = view;
const LOOK_AGAIN = 20_000;

const outbox = new Outbox(document.body.dataset.person, document.body.dataset.csrf, {
  stored: () => {},
  refused: (act, problem) => view.notice(`The resolution was not stored: ${problem.detail ?? "the server refused it"}.`),
  changed: (state) => view.connection(state, outbox.acts.length),
});

let open = [];
let painted = Infinity;
let timer = null;
const resolved = new Set(outbox.acts.map((act) => act.token));
const name = (item) => `${item.trace_id}/${item.step_index}`;

function show() {
  painted = Infinity;
  const item = open[0];
  $("guideline-link").hidden = !item;
  if (!item) {
    timer = setTimeout(load, LOOK_AGAIN);
    return view.tell("No experts differ now", "Disputes in your fields appear here by themselves.");
  }
  view.paint(item, null);
  $("left").textContent = `${open.length} open`;
  $("sides").replaceChildren(...item.sides.map(side));
  $("machine").open = false;
  $("inherits").ariaPressed = "false";
  $("guideline-link").href = `/guidelines/${encodeURIComponent(item.domain)}`;
  $("proposals").replaceChildren(...lines(item.proposals));
  view.whenPainted((at) => {
    painted = at;
    performance.mark("step-painted");
    view.reachable();
  });
}

function side(one, at) {
  const made = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = at === 0 ? "One expert" : "Another expert";
  const said = document.createElement("p");
  said.className = "verdict";
  said.textContent = LABELS.find((label) => label.word === one.label).shown;
  if (one.inherits_error) said.append(", rests on an earlier error");
  made.append(heading, said);
  for (const [title, text] of [["Note", one.note], ["As it should be", one.correction]]) {
    if (!text) continue;
    const words = document.createElement("p");
    words.dir = "auto";
    words.textContent = `${title}: ${text}`;
    made.append(words);
  }
  return made;
}

async function resolve({ word, shown }) {
  const item = open[0];
  const reason = await view.ask({
    title: `The step is ${shown}`,
    hint: "Your resolution is final. Both experts' answers stay in the log.",
    label: "Why? One sentence.",
    done: "resolve",
  });
  if (!reason || open[0] !== item) return;
  const id = newId();
  const { trace_id, step_index } = item;
  const inherits_error = $("inherits").ariaPressed === "true" || null;
  const body = { answer_id: id, trace_id, step_index, label: word, inherits_error, reason };
  resolved.add(name(item));
  outbox.add({ id, kind: "resolution", token: name(item), path: "/api/v1/queue/resolutions", body });
  view.say(`Step ${item.position}: ${shown}.`);
  open.shift();
  show();
}

async function load() {
  clearTimeout(timer);
  const answer = await fetch("/desk/disputes").catch(() => null);
  if (answer?.status === 401) location.assign("/signin");
  if (!answer?.ok) {
    timer = setTimeout(load, LOOK_AGAIN);
    return view.notHere();
  }
  open = (await answer.json()).items.filter((item) => !resolved.has(name(item)));
  show();
}

function press(key, at, pause) {
  const label = LABELS[Number(key) - 1];
  if (label && open[0] && at >= painted + pause) resolve(label);
  else if (key === "p") view.fold();
  else if (key === "m") $("machine").open = !$("machine").open;
  else if (key === "i") $("inherits").ariaPressed = String($("inherits").ariaPressed !== "true");
}

listen(press);
load();
outbox.send();
