"""Fifty experts at one desk: how long `next` and `submit` take, and whether every step counts once.

Starts `triage serve` on a store of its own and sends what experts' browsers would send, each after
a think time, until every step is labelled. Times are the server's own, from its log; those that
the browsers saw stand beside them. Then the store is checked: each step labelled once, no step
before two experts at a time, every acknowledged answer there.

    python benchmarks/desk_load.py [--steps 10000] [--experts 50] [--think 2] [--db sqlite|postgresql]
"""

import argparse
import asyncio
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
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import postgres

from triage.pipeline import process
from triage.queue.people import admit, new_link
from triage.settings import Settings
from triage.store.database import open_store, writing
from triage.store.verdicts import check_chain

TRACE_STEPS = 10
ROUTES = {"next": "/api/v1/queue/next", "submit": "/api/v1/queue/answers"}


def prepare(url: str, steps: int, experts: int) -> list[str]:
    """Fill a store with steps that two judges differ on; gives the experts' links."""
    words = ["necessary", "incorrect"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for number in range(steps // TRACE_STEPS):
                proposals = [
                    {"source": f"judge-{word}", "step_labels": [word] * TRACE_STEPS}
                    for word in words
                ]
                row = {
                    "id": f"t{number}", "domain": "history", "proposals": proposals,
                    "problem": f"Problem {number}: " + "what was the cause of it? " * 12,
                    "steps": [f"Step {at} of {number}: " + "so it was. " * 20
                              for at in range(TRACE_STEPS)],
                }  # fmt: skip
                out.write(json.dumps(row) + "\n")
        engine = open_store(url)
        with process(engine, Settings(), [str(file)], rejected=print) as processed:
            for _ in processed.considered:
                pass
    with writing(engine) as connection:
        links = []
        for number in range(experts):
            admit(connection, "bench", f"e{number}", ["history"], [])
            links.append(new_link(connection, "bench", f"e{number}", 1))
    engine.dispose()
    return links


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
        assert self._process.stderr is not None
        for line in self._process.stderr:
            told = json.loads(line)
            if "running on" in told["said"]:
                self.origin = told["said"].split()[3]
                self._up.set()
            elif told["said"] == "request":
                self.times[told["route"]].append(told["ms"])
                self.statuses[told["status"]] += 1

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
        self.acknowledged: list[str] = []
        self.seen: defaultdict[str, list[float]] = defaultdict(list)

    async def sit(self, name: str, link: str) -> None:
        """One expert's sitting, as the page does it: one step shown, the next one loaded."""
        chance = random.Random(name)
        await asyncio.sleep(chance.uniform(0, self.think))
        async with httpx2.AsyncClient(base_url=self.origin, timeout=60) as client:
            reply = await client.post(
                "/api/v1/session", json={"link": link}, headers={"Origin": self.origin}
            )
            client.headers |= {"Origin": self.origin, "X-CSRF-Token": reply.json()["csrf"]}
            while items := await self._next(client):
                for item in items:
                    key = item["problem"] + item["step"]
                    self.shared += self.holder.setdefault(key, name) != name
                await asyncio.sleep(chance.uniform(0.5, 1.5) * self.think)
                await self._submit(client, items[0]["token"], chance)

    async def _next(self, client: httpx2.AsyncClient) -> list[dict[str, Any]]:
        began = time.perf_counter()
        reply = await client.get("/api/v1/queue/next?count=2")
        self.seen["next"].append(time.perf_counter() - began)
        items: list[dict[str, Any]] = reply.raise_for_status().json()["items"]
        return items

    async def _submit(self, client: httpx2.AsyncClient, token: str, chance: random.Random) -> None:
        identity = uuid.UUID(int=chance.getrandbits(128)).hex
        label = chance.choice(["necessary", "redundant", "incorrect", "incomplete"])
        body = {"answer_id": identity, "token": token, "label": label, "seconds": 2.0}
        began = time.perf_counter()
        reply = await client.post("/api/v1/queue/answers", json=body)
        self.seen["submit"].append(time.perf_counter() - began)
        reply.raise_for_status()
        self.acknowledged.append(identity)


def check(url: str, desk: Desk, steps: int) -> str:
    """Compare the store with what was acknowledged."""
    engine = open_store(url)
    with engine.connect() as connection:
        check_chain(connection)
        rows = connection.execute(text("SELECT answer_id, trace_id, step FROM verdicts")).all()
    engine.dispose()
    labelled = Counter((row.trace_id, row.step) for row in rows)
    lost = len(set(desk.acknowledged) - {row.answer_id for row in rows})
    twice = sum(count > 1 for count in labelled.values())
    return (
        f"{len(labelled):,} of {steps:,} steps labelled, {twice} twice, {lost} answers lost, "
        f"{desk.shared} steps shown to two"
    )


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


def run(kind: str, steps: int, experts: int, think: float) -> None:
    """One database's run, printed as rows of the table."""
    with store(kind) as url:
        links = prepare(url, steps, experts)
        server = Watched(url)
        desk = Desk(server.origin, think)

        async def everybody() -> None:
            await asyncio.gather(
                *(desk.sit(f"e{number}", link) for number, link in enumerate(links))
            )

        began = time.perf_counter()
        asyncio.run(everybody())
        seconds = time.perf_counter() - began
        server.stop()
        for name, route in ROUTES.items():
            inside = server.times[route]
            outside = [1000 * one for one in desk.seen[name]]
            print(
                f"{kind:<11} {name:<7} {len(inside):>7,} "
                + " ".join(f"{percentile(inside, share):>8.1f}" for share in (0.5, 0.95, 0.99))
                + f" {percentile(outside, 0.95):>12.1f}"
            )
        print(f"{'':<11} {check(url, desk, steps)}; {seconds:.0f} s; statuses {server.statuses}")


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--experts", type=int, default=50)
    options.add_argument("--think", type=float, default=2.0, help="mean seconds a step")
    options.add_argument("--db", choices=["sqlite", "postgresql"], action="append")
    given = options.parse_args()
    print(
        f"{given.steps:,} steps, {given.experts} experts, {given.think} s each, {os.cpu_count()} cores"
    )
    print(
        f"{'':<11} {'':<7} {'calls':>7} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'seen p95 ms':>12}"
    )
    for kind in given.db or ["sqlite", "postgresql"]:
        run(kind, given.steps, given.experts, given.think)


if __name__ == "__main__":
    main()
