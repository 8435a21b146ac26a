"""Fifty experts at one desk: how long `next` and `submit` take, and whether every step counts once.

Starts `triage serve` on a store of its own and sends what experts' browsers would send, each after
a think time, until every step is labelled. A part of the steps is in a certificate's sample, where
some are labelled twice. Half of the experts ask as the page does, the others as a program does.
Times are the server's own, from its log; those that the experts saw stand beside them, and so does
`/healthz`, which does nothing: what it takes is what the machine takes. CPU is the server process's
for each request of the whole run. Then the store is checked, and the command fails unless every
step was labelled exactly as often as planned, none lay before two experts at a time, and every
acknowledged answer is there.

    python benchmarks/experts/desk_load.py --steps 10000 --experts 50 --think 2
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import postgres

from benchmarks.experts.desk_store import check, prepare

ROUTES = {
    "next": "/api/v1/queue/next",
    "page": "/desk/items",
    "submit": "/api/v1/queue/answers",
    "nothing": "/healthz",
}
PATIENCE = 3
"""Times that an expert finds nothing before leaving."""
LABELS = ["necessary", "redundant", "incorrect", "incomplete"]
TICKS = os.sysconf("SC_CLK_TCK")


def label_of(text: str) -> str:
    """What every expert says of a step, so that second labels are no disputes."""
    if text.startswith("Clear"):
        return "necessary"
    return LABELS[int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(LABELS)]


class Watched:
    """A server whose log is read while it runs: what each request took, in milliseconds."""

    def __init__(self, url: str) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "triage", "serve", "--port", "0", "--db", url],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._up.wait()

    def _read(self) -> None:
        for line in self._process.stderr or ():
            told = json.loads(line)
            if "running on" in told["said"]:
                self.origin = told["said"].split()[3]
                self._up.set()
            elif told["said"] == "request":
                self.times[told["route"]].append(told["ms"])
                self.statuses[told["status"]] += 1

    def cpu(self) -> float:
        """Seconds of the processor that the server has used."""
        told = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / TICKS

    def stop(self) -> None:
        """Let it finish what is under way, and leave."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()


class Desk:
    """What all experts together have seen."""

    def __init__(self, origin: str, think: float) -> None:
        self.origin = origin
        self.think = think
        self.holder: dict[str, str] = {}
        self.shared = 0
        self.again = 0
        self.acknowledged: list[str] = []
        self.seen: defaultdict[str, list[float]] = defaultdict(list)

    async def sit(self, name: str, link: str, way: str) -> None:
        """One expert's sitting, as the page does it: one step shown, the next one loaded."""
        chance = random.Random(name)
        await asyncio.sleep(chance.uniform(0, self.think))
        async with httpx2.AsyncClient(base_url=self.origin, timeout=60) as client:
            body = {"link": link}
            reply = await client.post("/api/v1/session", json=body, headers={"Origin": self.origin})
            client.headers |= {"Origin": self.origin, "X-CSRF-Token": reply.json()["csrf"]}
            texts: dict[str, str] = {}
            empty = 0
            while empty < PATIENCE:
                items = await self._next(client, way, texts)
                await asyncio.sleep(chance.uniform(0.5, 1.5) * self.think)
                if not items:
                    empty += 1
                    continue
                empty = 0
                token = items[0]["token"]
                await self._submit(client, token, texts.pop(token), chance)

    async def _next(
        self, client: httpx2.AsyncClient, way: str, texts: dict[str, str]
    ) -> list[dict[str, Any]]:
        asked = {"count": "2"} | ({"known": " ".join(texts)} if way == "page" else {})
        items: list[dict[str, Any]] = (await self._call(client, way, asked))["items"]
        for item in items:
            token = item["token"]
            if token not in texts:
                text = item["source" if way == "page" else "step"]
                texts[token] = text
                # a step that is labelled twice lies before another expert later
                self.shared += text in self.holder
                self.holder[text] = token
        return items

    async def _submit(
        self, client: httpx2.AsyncClient, token: str, text: str, chance: random.Random
    ) -> None:
        identity = uuid.UUID(int=chance.getrandbits(128)).hex
        body = {"answer_id": identity, "token": token, "label": label_of(text), "seconds": 2.0}
        await self._call(client, "submit", body)
        self.acknowledged.append(identity)
        del self.holder[text]

    async def watch(self) -> None:
        """Ask for nothing, again and again."""
        async with httpx2.AsyncClient(base_url=self.origin, timeout=60) as client:
            while True:
                await self._call(client, "nothing", {})
                await asyncio.sleep(0.1)

    async def _call(
        self, client: httpx2.AsyncClient, way: str, sent: dict[str, Any]
    ) -> dict[str, Any]:
        began = time.perf_counter()
        reply = None
        while reply is None:
            try:
                if way == "submit":
                    reply = await client.post(ROUTES[way], json=sent)
                else:
                    reply = await client.get(ROUTES[way], params=sent)
            except httpx2.TransportError:
                # a server may close what was idle as something is sent: a browser sends it again
                self.again += 1
        self.seen[way].append(1000 * (time.perf_counter() - began))
        told: dict[str, Any] = reply.raise_for_status().json()
        return told


@contextmanager
def store(kind: str) -> Iterator[str]:
    """An empty store of its own."""
    programs = postgres.programs()
    if kind == "postgresql" and programs is None:
        raise SystemExit("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="triage-desk-") as folder:
        server = postgres.server(programs) if kind == "postgresql" and programs else nullcontext()
        with server as base:
            yield f"{base}/postgres" if base else f"sqlite:///{folder}/triage.db"


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def run(kind: str, steps: int, experts: int, think: float) -> list[str]:
    """One database's run, printed as rows of the table; gives what is wrong with its end."""
    with store(kind) as url:
        links = prepare(url, steps, experts)
        server = Watched(url)
        desk = Desk(server.origin, think)

        async def everybody() -> None:
            watch = asyncio.create_task(desk.watch())
            ways = ("next", "page")
            await asyncio.gather(
                *(desk.sit(f"e{n}", link, ways[n % 2]) for n, link in enumerate(links))
            )
            watch.cancel()

        before, began = server.cpu(), time.perf_counter()
        try:
            asyncio.run(everybody())
            seconds, cpu = time.perf_counter() - began, server.cpu() - before
        finally:
            server.stop()
        for name, route in ROUTES.items():
            inside, outside = server.times[route], desk.seen[name]
            print(
                f"{kind:<11} {name:<8} {len(inside):>7,} "
                + " ".join(f"{percentile(inside, share):>8.1f}" for share in (0.5, 0.95, 0.99))
                + f" {percentile(outside, 0.95):>12.1f}"
            )
        calls = sum(map(len, server.times.values()))
        print(
            f"{'':<11} {seconds:.0f} s, {calls / seconds:.0f} requests/s, "
            f"{1000 * cpu / calls:.1f} ms of CPU each, load {os.getloadavg()[0]:.1f}, "
            f"statuses {dict(server.statuses)}, {desk.again} sent again"
        )
        return check(url, desk.acknowledged, desk.shared)


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--experts", type=int, default=50)
    options.add_argument("--think", type=float, default=2.0, help="mean seconds a step")
    options.add_argument("--db", choices=["sqlite", "postgresql"], action="append")
    given = options.parse_args()
    who = f"{given.experts} experts, {given.think} s each"
    print(f"{given.steps:,} steps, {who}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    heads = f"{'calls':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'seen p95 ms':>12}"
    print(f"{'':<20} {heads}")
    wrong = [
        f"{kind}: {one}"
        for kind in given.db or ["sqlite", "postgresql"]
        for one in run(kind, given.steps, given.experts, given.think)
    ]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
