// After the answer, where the house wants it: what the machine proposed, and a second thought.
// Loaded when it is needed, so that nothing of it is in the page before.

import { lines } from "./proposals.js";
import { $, LABELS, button } from "./view.js";

// Show the proposals on a step; gives the changed label with its reason, or null to keep.
export async function confer(item, id, word) {
  const told = await fetch(`/desk/reveal?${new URLSearchParams({ answer_id: id })}`);
  if (!told.ok) return null;
  const { step, proposals } = await told.json();
  const { shown } = LABELS.find((one) => one.word === word);
  $("reveal-title").textContent = `Step ${item.position}. You said: ${shown}`;
  $("reveal-step").innerHTML = step; // made safe on the server
  $("reveal-proposals").replaceChildren(...lines(proposals));
  return conferring($("reveal"), word);
}

function conferring(dialog, word) {
  const done = $("reveal-keep").lastElementChild;
  const reason = $("reveal-reason");
  let label = null;
  // what is changed without a reason would be kept without a word
  const missing = () => {
    const isMissing = label && !reason.value.trim();
    reason.setCustomValidity(isMissing ? "Say in a sentence what made you change it." : "");
  };
  const choose = (chosen) => {
    label = chosen.word === word ? null : chosen;
    for (const [at, one] of LABELS.entries()) others[at].ariaPressed = String(one === label);
    $("reveal-change").hidden = !label;
    missing();
    done.textContent = label ? `change to: ${label.shown}` : "keep my answer";
    (label ? reason : $("reveal-keep")).focus();
  };
  const others = LABELS.map((one, at) => {
    const made = button(one.shown, String(at + 1), () => choose(one));
    made.hidden = one.word === word;
    return made;
  });
  $("reveal-others").replaceChildren(...others);
  return new Promise((resolve) => {
    dialog.onkeydown = (event) => {
      if (event.repeat || event.isComposing) return;
      const chosen = LABELS[Number(event.key) - 1];
      if (event.target !== reason && chosen) {
        choose(chosen);
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === reason && !event.shiftKey) {
        event.preventDefault();
        $("reveal-keep").click();
      }
    };
    dialog.oncancel = () => (label = null);
    dialog.onclose = () => {
      const said = reason.value.trim();
      resolve(label && said ? { label: label.word, reason: said } : null);
    };
    reason.value = "";
    reason.oninput = missing;
    choose({ word });
    dialog.showModal();
    $("reveal-keep").focus();
    dialog.scrollTop = 0;
  });
}
