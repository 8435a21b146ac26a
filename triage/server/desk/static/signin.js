// Signs a person in, by the secret after the # of a personal link or by name and password.
// The secret stays behind the #: it is in no log and no referrer.

const said = document.getElementById("door-said");
const form = document.getElementById("door-form");

async function signIn(body) {
  said.textContent = "One moment.";
  let answer;
  try {
    answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    said.textContent = "The server can't be reached. Try again in a moment.";
    return;
  }
  if (answer.ok) {
    location.replace("/");
    return;
  }
  const problem = await answer.json().catch(() => ({}));
  said.textContent = `That did not work: ${problem.detail ?? answer.statusText}.`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn({ name: form.elements.name.value, password: form.elements.password.value });
});

const link = location.hash.slice(1);
if (link) {
  history.replaceState(null, "", location.pathname);
  signIn({ link });
}
