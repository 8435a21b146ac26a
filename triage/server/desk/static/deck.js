// The steps that lie before the expert: loaded before they are needed, in the order of the server.

const AHEAD = 4; // steps that are there before they are needed
const MOST = 5; // steps the server hands out at once
const LOW = 1; // steps at which more are asked for without waiting for the answers to be stored
const LOOK_AGAIN = 20_000;
const TRY_AGAIN = 3_000;

export class Deck {
  // told: came(before) after every reply, with the token that was first before it;
  // lost() when the first step went to somebody else; failed(why) with "offline", "signed-out"
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
    if (this.left) this.left -= 1;
    if (this.items.length <= LOW && !this.ended) this.load();
    return item;
  }

  // Put a step back that was taken off before.
  back(item) {
    this.gone.delete(item.token);
    this.items = [item, ...this.items.filter((one) => one.token !== item.token)];
    this.moves += 1;
    if (this.left !== null) this.left += 1;
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
    this.left = Math.max(0, reply.left - (reply.items.length - offered.length));
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
    if (answer.status !== 403) return "offline";
    const refusal = await answer.json();
    return { items: [], left: 0, refusal };
  } catch {
    return "offline";
  }
}
