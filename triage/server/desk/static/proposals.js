// What the machine proposed, each source with one line of evidence. Never loaded before an answer.

import { LABELS } from "./view.js";

export function lines(proposals) {
  return proposals.length ? proposals.map(line) : [plain("Nothing was proposed.")];
}

function plain(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

function line(one) {
  const made = document.createElement("li");
  const who = document.createElement("b");
  who.textContent = one.source;
  const label = LABELS.find((label) => label.word === one.label)?.shown ?? one.validity ?? "evidence only";
  const sure = one.confidence === null ? "" : `, ${Math.round(one.confidence * 100)} % sure`;
  const rests = one.inherits_error ? ", rests on an earlier error" : "";
  made.append(who, `: ${label}${rests}${sure}`);
  if (one.told) {
    const why = document.createElement("div");
    why.className = "text";
    why.dir = "auto";
    why.innerHTML = one.told; // made safe on the server
    made.append(why);
  }
  return made;
}
