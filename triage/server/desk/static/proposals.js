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
  const label = LABELS.find((label) => label.word === one.label)?.shown ?? one.validity ?? "no label";
  const sure = one.confidence === null ? "" : `, ${Math.round(one.confidence * 100)} %`;
  const why = told(one.evidence);
  made.append(who, ` ${label}${sure}`, why ? `: ${why}` : "");
  return made;
}

// One line of evidence, whatever form a source gives it.
function told({ rationale, claims = [] }) {
  const claim = claims[0];
  if (!claim) return (rationale ?? "").slice(0, 300);
  const computed = claim.expected ? `, computed ${claim.expected}` : "";
  return `${claim.text ?? claim.kind} is ${claim.verdict}${computed}`;
}
