// The guideline of a domain, in a dialog over the step. Loaded when it is asked for.

import { $ } from "./view.js";

const known = new Map();

// Open the guideline; false if the server can't be reached.
export async function show(domain) {
  const found = known.get(domain) ?? (await load(domain));
  if (!found) return false;
  known.set(domain, found);
  $("guideline-title").textContent = found.title;
  const opening = document.createElement("div");
  opening.className = "text";
  opening.innerHTML = found.opening;
  $("guideline-text").replaceChildren(opening, ...found.sections.map(section));
  if (!$("guideline").open) $("guideline").showModal();
  $("guideline-text").scrollTop = 0;
  $("guideline-text").focus();
  return true;
}

// The texts are made safe on the server.
async function load(domain) {
  const answer = await fetch(`/desk/guidelines/${encodeURIComponent(domain)}`).catch(() => null);
  if (answer?.ok) return answer.json();
  if (answer?.status !== 404) return null;
  const { detail } = await answer.json();
  return { title: `Guideline: ${domain}`, opening: "", sections: [{ title: `${detail}.`, html: "" }] };
}

function section({ title, html }) {
  const made = document.createElement("section");
  const heading = document.createElement("h3");
  heading.textContent = title;
  const text = document.createElement("div");
  text.className = "text";
  text.innerHTML = html;
  made.append(heading, text);
  return made;
}
