// After the answer, where the house wants it: what the machine proposed, and a second thought.
// Loaded when it is needed, so that nothing of it is in the page before.

import { lines } from "./proposals.js";
import { $, LABELS } from "./view.js";

// Show the proposals on a step; gives the changed label with its reason, or null to keep.
export async function confer(api, item, id, word) {
  const told = await fetch(`${api}/reveal?${new URLSearchParams({ answer_id: id })}`);
  if (!told.ok) return null;
  const { proposals } = await told.json();
  const { shown } = LABELS.find((one) => one.word === word);
  $("reveal-title").textContent = `Step ${item.position}. You said: ${shown}`;
  quote($("reveal-step"), item.source, place(item.source, proposals));
  $("reveal-proposals").replaceChildren(...lines(proposals));
  return conferring($("reveal"));
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
