// Keeps what was done until the server has said that it is stored, and sends it again by itself.
// Every act has an id of its own, so that the server counts it once however often it comes.

const WAITS = [500, 1000, 2000, 4000, 8000, 15000];
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Outbox {
  // told: stored(act, reply), refused(act, problem), changed(state) with state one of
  // "stored", "sending", "offline", "signed-out"
  constructor(person, csrf, told) {
    this.key = `triage.desk.${person}.outbox`;
    this.csrf = csrf;
    this.told = told;
    this.acts = read(this.key, []);
    this.busy = false;
    this.tries = 0;
    this.timer = null;
    this.stopped = false;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  add(act) {
    this.acts.push({ ...act, tried: false });
    this.keep();
    this.send();
  }

  // Takes an act out that was never sent; false if it may have reached the server.
  withdraw(id) {
    const at = this.acts.findIndex((act) => act.id === id && !act.tried);
    if (at < 0) return false;
    this.acts.splice(at, 1);
    this.keep();
    return true;
  }

  rename(before, after) {
    for (const act of this.acts.filter((one) => one.token === before)) {
      act.token = after;
      if (act.body.token) act.body.token = after;
    }
    this.keep();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  start() {
    this.stopped = false;
    this.acts = read(this.key, []);
    this.hurry();
  }

  hurry() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.send();
  }

  async send() {
    if (this.busy || this.stopped) return;
    const act = this.acts[0];
    if (!act) {
      this.told.changed("stored");
      return;
    }
    this.busy = true;
    if (!act.tried) {
      act.tried = true;
      this.keep();
    }
    this.told.changed(this.tries ? "offline" : "sending");
    const state = await this.post(act);
    this.busy = false;
    if (state === "again" || state === "signed-out") {
      this.told.changed(state === "again" ? "offline" : state);
      const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
      this.tries += 1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), wait);
      return;
    }
    this.tries = 0;
    this.send();
  }

  async post(act) {
    let answer;
    try {
      answer = await fetch(act.path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
        body: JSON.stringify(act.body),
        keepalive: true,
      });
    } catch {
      return "again";
    }
    const reply = await answer.json().catch(() => null);
    if (answer.ok && reply === null) return "again";
    if (answer.ok) {
      this.done(act);
      this.told.stored(act, reply);
      return "done";
    }
    if (LATER.has(answer.status)) return "again";
    if (answer.status === 401 || (reply?.type ?? "").endsWith(":csrf")) return this.renew();
    this.done(act);
    this.told.refused(act, reply ?? { detail: answer.statusText });
    return "done";
  }

  // The session may have been renewed in another tab: its token is what is missing.
  async renew() {
    const answer = await fetch("/api/v1/session").catch(() => null);
    if (!answer) return "again";
    if (!answer.ok) return "signed-out";
    const who = await answer.json();
    if (`triage.desk.${who.name}.outbox` !== this.key) return "signed-out";
    if (who.csrf === this.csrf) return "again";
    this.csrf = who.csrf;
    return "done";
  }

  done(act) {
    this.acts = this.acts.filter((one) => one.id !== act.id || one.kind !== act.kind);
    this.keep();
  }

  keep() {
    write(this.key, this.acts);
  }
}

export function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing still sends
  }
}
