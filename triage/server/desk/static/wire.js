// What goes between the page and the server: the steps ahead, and what was done with those behind.

import { MANY, read, write } from "./browser.js";

const AHEAD = 4; // steps that are there before they are needed
const MOST = 5; // steps the server hands out at once
const LOW = 1; // steps at which more are asked for without waiting for the answers to be stored
const LOOK_AGAIN = 20_000;
const TRY_AGAIN = 3_000;
const WAITS = [500, 1000, 2000, 4000, 8000, 15000];
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);
const KEPT_ALIVE = 20_000; // characters of a request beyond which browsers refuse to outlive a page for it

// Keeps what was done until the server has said that it is stored, and sends it again by itself.
// Every act has an id of its own, so that the server counts it once however often it comes.
export class Outbox {
  // told: stored(act, reply), refused(act, problem), changed(state) with state one of
  // "stored", "sending", "offline", "busy", "signed-out"
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
    if (!this.tries) this.told.changed("sending");
    const state = await this.post(act);
    this.busy = false;
    if (state !== "done") {
      this.told.changed(state);
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
    const body = JSON.stringify(act.body);
    let answer;
    try {
      answer = await fetch(act.path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
        body,
        keepalive: body.length < KEPT_ALIVE,
      });
    } catch {
      return "offline";
    }
    const reply = await answer.json().catch(() => null);
    if (answer.ok && reply === null) return "offline";
    if (answer.ok) {
      this.done(act);
      this.told.stored(act, reply);
      return "done";
    }
    if (LATER.has(answer.status)) return "busy";
    if (answer.status === 401 || (reply?.type ?? "").endsWith(":csrf")) return this.renew();
    this.done(act);
    this.told.refused(act, reply ?? { detail: answer.statusText });
    return "done";
  }

  // The session may have been renewed in another tab: its token is what is missing.
  async renew() {
    const answer = await fetch("/api/v1/session").catch(() => null);
    if (!answer) return "offline";
    if (LATER.has(answer.status)) return "busy";
    if (!answer.ok) return "signed-out";
    const who = await answer.json();
    if (`triage.desk.${who.name}.outbox` !== this.key) return "signed-out";
    if (who.csrf === this.csrf) return "busy";
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

// The steps that lie before the expert: loaded before they are needed, in the order of the server.
export class Deck {
  // told: came(before) after every reply, with the token that was first before it;
  // lost() when the first step went to somebody else; failed(why) with "offline", "busy", "signed-out"
  constructor(outbox, told) {
    this.outbox = outbox;
    this.told = told;
    this.items = [];
    this.left = null;
    this.gone = new Set(); // tokens that were answered or skipped here
    this.refusal = null; // why the server gives no steps to this person
    this.heard = false;
    this.at = 0;
    this.stopped = true;
    this.loading = false;
    this.ended = false;
    this.moves = 0;
    this.timer = null;
  }

  get first() {
    return this.items[0];
  }

  start() {
    this.stopped = false;
    this.load();
  }

  stop() {
    this.stopped = true;
    this.items = [];
    this.heard = false;
    clearTimeout(this.timer);
  }

  // Take the first step off: it is answered or skipped.
  leave() {
    const item = this.items.shift();
    this.gone.add(item.token);
    this.moves += 1;
    if (this.left && this.left < MANY) this.left -= 1;
    if (this.items.length <= LOW && !this.ended) this.load();
    return item;
  }

  // Put a step back that was taken off before.
  back(item) {
    this.gone.delete(item.token);
    this.items = [item, ...this.items.filter((one) => one.token !== item.token)];
    this.moves += 1;
    if (this.left !== null && this.left < MANY) this.left += 1;
  }

  drop(token) {
    this.items = this.items.filter((item) => item.token !== token);
  }

  rename(before, after) {
    for (const item of this.items) if (item.token === before) item.token = after;
    this.gone.delete(after);
  }

  // Ask for more when some are missing.
  refill() {
    if (this.items.length < AHEAD && !(this.ended && this.items.length)) this.load();
  }

  async load() {
    if (this.loading || this.stopped) return;
    this.loading = true;
    clearTimeout(this.timer);
    const moves = this.moves;
    const count = Math.min(MOST, AHEAD + this.outbox.acts.length);
    const known = this.items.map((item) => item.token).join(" ");
    const reply = await ask(`/desk/items?${new URLSearchParams({ count, known })}`);
    this.loading = false;
    this.at = Date.now();
    if (this.stopped) return;
    if (typeof reply === "string") this.told.failed(reply);
    else this.take(reply, count, moves === this.moves);
    const wait = typeof reply === "string" ? TRY_AGAIN : LOOK_AGAIN;
    if (this.items.length < AHEAD) this.timer = setTimeout(() => this.load(), wait);
  }

  take(reply, count, still) {
    const before = this.first?.token;
    this.heard = true;
    this.refusal = reply.refusal ?? null;
    const offered = reply.items.filter((item) => !this.gone.has(item.token));
    this.ended = reply.items.length < count;
    // a count that has ended at the most counts on when there are fewer
    const taken = reply.left < MANY ? reply.items.length - offered.length : 0;
    this.left = Math.max(0, reply.left - taken);
    // what was asked before the last move says nothing about the steps that were moved
    if (still && !this.outbox.acts.length) {
      const held = new Set(offered.map((item) => item.token));
      this.items = this.items.filter((item) => held.has(item.token));
    }
    const had = new Set(this.items.map((item) => item.token));
    this.items.push(...offered.filter((item) => !had.has(item.token) && item.step !== undefined));
    this.left = Math.max(this.left, this.items.length);
    this.told.came(before);
    if (before && !this.items.some((item) => item.token === before)) this.told.lost();
  }
}

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok) return await answer.json();
    if (answer.status === 401) return "signed-out";
    if (answer.status !== 403) return "busy";
    const refusal = await answer.json();
    return { items: [], left: 0, refusal };
  } catch {
    return "offline";
  }
}
