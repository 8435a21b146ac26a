// After the answer, where the house wants it: what the machine proposed, and a second thought.
// Loaded when it is needed, so that nothing of it is in the page before.

import { $, LABELS } from "./view.js";

// Show the proposals on a step; gives the changed label with its reason, or null to keep.
export function confer(item, word, proposals) {
  const { shown } = LABELS.find((one) => one.word === word);
  $("reveal-title").textContent = `Step ${item.position}. You said: ${shown}`;
  quote($("reveal-step"), item.source, place(item.source, proposals));
  const lines = proposals.map(line);
  $("reveal-proposals").replaceChildren(...(lines.length ? lines : [plain("Nothing was proposed.")]));
  return conferring($("reveal"));
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

// The first place in the step that a source points to, in characters.
function place(text, proposals) {
  for (const { evidence } of proposals) {
    const span = evidence.claims?.find((claim) => claim.span)?.span;
    if (span) return span;
    const quoted = evidence.quotes?.find((quote) => text.includes(quote));
    if (quoted) {
      const from = [...text.slice(0, text.indexOf(quoted))].length;
      return [from, from + [...quoted].length];
    }
  }
  return null;
}

function quote(place, text, span) {
  const chars = [...text];
  const [from, to] = span ?? [0, 0];
  const marked = document.createElement("mark");
  marked.textContent = chars.slice(from, to).join("");
  const parts = [chars.slice(0, from).join(""), marked, chars.slice(to).join("")];
  place.replaceChildren(...(to > from ? parts : [text]));
}

function conferring(dialog) {
  const done = $("reveal-keep").lastElementChild;
  const reason = $("reveal-reason");
  return new Promise((resolve) => {
    let label = null;
    dialog.onkeydown = (event) => {
      if (event.repeat || event.isComposing) return;
      const chosen = LABELS[Number(event.key) - 1];
      if (event.target !== reason && chosen) {
        label = chosen.word;
        $("reveal-change").hidden = false;
        done.textContent = `change to: ${chosen.shown}`;
        reason.focus();
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === reason) {
        event.preventDefault();
        if (reason.value.trim()) dialog.close();
      }
    };
    dialog.oncancel = () => (label = null);
    dialog.onclose = () => {
      const said = reason.value.trim();
      resolve(label && said ? { label, reason: said } : null);
    };
    reason.value = "";
    $("reveal-change").hidden = true;
    done.textContent = "keep my answer";
    dialog.showModal();
    $("reveal-keep").focus();
  });
}
