// The step of the first visit: it is in the page, and nothing of it is ever sent.

import { $, button, say, tell } from "./view.js";

const part = (name) => $("practice").content.querySelector(`[data-part=${name}]`).innerHTML;

export const step = {
  token: "practice",
  trace: "practice",
  domain: "practice",
  position: 2,
  of: 2,
  problem: part("problem"),
  options: [],
  earlier: [part("earlier")],
  step: part("step"),
  source: "",
};

export function after(label, begin) {
  const why = "it follows from step 1 and moves towards the answer.";
  const said = label === "necessary" ? `So would we: ${why}` : `We would press 1: ${why}`;
  say("");
  tell("That is all there is to it", said, "Now the real ones. Nothing that you answer is lost, even if the connection is.", button("begin", "Enter", begin));
  $("state").querySelector("button").focus();
}
