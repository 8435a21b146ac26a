"""Calls of a platform: how long `POST /api/v1/prelabel` takes, next to a server that does nothing.

Starts `triage serve` with the math plugin on a store of its own, and an ML backend of
label-studio-ml whose `predict` returns nothing, under gunicorn with one process and eight threads
as its own container runs it. Both get the same traces, one a call, from the same client: first each
server the calls that warm it, then new traces, then the same ones again, as a platform asks when a
task is opened. The backend is installed from PyPI into an environment of its own.

    python benchmarks/platforms/prelabel.py --calls 1000 --in-flight 32
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from platform_cases import key_for

from triage.platforms.label_studio.forms.config import View, label_config
from triage.store.database import open_store

PEER = (
    *("label-studio-ml==1.0.9", "gunicorn", "rq", "redis", "attrs", "colorama", "lxml"),
    # what its Flask needs and does not say
    *("jinja2<3.1", "itsdangerous<2.1", "markupsafe<2.1", "werkzeug<2.1"),
)
NOTHING = """\
from label_studio_ml.api import init_app
from label_studio_ml.model import LabelStudioMLBase

class Nothing(LabelStudioMLBase):
    def predict(self, tasks, **kwargs):
        return [[] for _ in tasks]

app = init_app(model_class=Nothing, model_dir="models")
"""
PORTS = {"triage": 18_431, "nothing": 18_432}


def new_trace(number: int) -> dict[str, Any]:
    """A trace of five steps with sums."""
    steps, total = [], 0
    for at in range(5):
        more = (number * 7 + at * 13) % 97 + 2
        steps.append(f"Then there are {total} + {more} = {total + more} of them.")
        total += more
    return {"id": f"b{number}", "domain": "math", "problem": f"How many are in case {number}?",
            "steps": steps, "reference_answer": str(total)}  # fmt: skip


class Peer(NamedTuple):
    """A running server: where calls go, their headers, and its process's number."""

    url: str
    headers: dict[str, str]
    process: int


@contextmanager
def triage_server(folder: Path) -> Iterator[Peer]:
    """`triage serve` with a platform's key."""
    url = f"sqlite:///{folder / 'triage.db'}"
    engine = open_store(url)
    key = key_for(engine)
    engine.dispose()
    command = [sys.executable, "-m", "triage", "serve", "--port", str(PORTS["triage"]), "--db", url]
    url = f"http://127.0.0.1:{PORTS['triage']}/api/v1/prelabel"
    with running(command, folder) as process:
        yield Peer(url, {"Authorization": f"Bearer {key}"}, process)


@contextmanager
def idle_server(folder: Path, environment: Path, peer: list[str]) -> Iterator[Peer]:
    """An ML backend that does nothing."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *peer], check=True)
    (folder / "nothing.py").write_text(NOTHING, encoding="utf-8")
    command = [str(environment / "bin" / "gunicorn"), "--bind", f"127.0.0.1:{PORTS['nothing']}",
               "--workers", "1", "--threads", "8", "--timeout", "0", "nothing:app"]  # fmt: skip
    with running(command, folder) as process:
        yield Peer(f"http://127.0.0.1:{PORTS['nothing']}/predict", {}, process)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[int]:
    """A server in a folder of its own, whose log is kept there; gives its process's number."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def cpu_seconds(root: int) -> float:
    """Processor time that a process and all below it have taken."""
    parents, times = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
                times[int(entry.name)] = int(fields[11]) + int(fields[12])
    found = {root}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(times.get(one, 0) for one in found) / os.sysconf("SC_CLK_TCK")


async def calls(
    url: str, headers: dict[str, str], bodies: list[bytes], in_flight: int
) -> tuple[list[float], float]:
    """Send calls, so many at a time; gives what each took, and what all took, in seconds."""
    todo, times = iter(bodies), []
    connector = aiohttp.TCPConnector(limit=in_flight)
    told = headers | {"content-type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=told) as session:

        async def one_after_another() -> None:
            for body in todo:
                began = time.perf_counter()
                async with session.post(url, data=body) as reply:
                    answer = await reply.read()
                    if reply.status != 200 or b'"rejected"' in answer:
                        raise SystemExit(f"{url} answered {reply.status}: {answer[:300]!r}")
                times.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
        return times, time.perf_counter() - began


async def until_up(url: str, headers: dict[str, str], body: bytes) -> None:
    """Wait until a server answers a call."""
    end = time.monotonic() + 120
    while True:
        try:
            await calls(url, headers, [body], 1)
        except aiohttp.ClientConnectionError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measured(name: str, peer: Peer, bodies: list[bytes], in_flight: int) -> None:
    """One row of the table."""
    before = cpu_seconds(peer.process)
    times, seconds = await calls(peer.url, peer.headers, bodies, in_flight)
    cpu = 1000 * (cpu_seconds(peer.process) - before) / len(times)
    p50, p95, p99 = (1000 * percentile(times, share) for share in (0.5, 0.95, 0.99))
    rate = len(times) / seconds
    print(f"{name:<34} {p50:>8.1f} {p95:>8.1f} {p99:>8.1f} {rate:>9.0f} {cpu:>12.2f}")


async def measure(count: int, in_flight: int, ours: Peer, theirs: Peer) -> None:
    """All rounds, the servers by turns."""
    traces = [new_trace(number) for number in range(count + 64)]
    sent = [json.dumps({"traces": [one]}).encode() for one in traces]
    # what Label Studio sends with each question
    config = label_config(View.STEP, blind=False)
    frame = {"project": "1.1795416564", "label_config": config,
             "params": {"login": None, "password": None, "context": None}}  # fmt: skip
    tasks = [json.dumps({"tasks": [{"id": at, "data": one}], **frame}).encode()
             for at, one in enumerate(traces)]  # fmt: skip
    setup = {"project": "1.1795416564", "schema": config, "hostname": "", "access_token": ""}
    await until_up(ours.url, ours.headers, sent[-1])
    await until_up(theirs.url.replace("predict", "setup"), {}, json.dumps(setup).encode())
    for peer, bodies in ((ours, sent), (theirs, tasks)):
        await calls(peer.url, peer.headers, bodies[count:], in_flight)
    heads = f"{'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'calls/s':>9} {'CPU ms/call':>12}"
    print(f"{'':<34} {heads}")
    await measured("a backend that does nothing", theirs, tasks[:count], in_flight)
    await measured("triage, math, new traces", ours, sent[:count], in_flight)
    await measured("triage, math, from the store", ours, sent[:count], in_flight)
    await measured("a backend that does nothing, again", theirs, tasks[:count], in_flight)


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=1_000)
    options.add_argument("--in-flight", type=int, default=32)
    options.add_argument(
        "--environment", type=Path, default=Path(tempfile.gettempdir()) / "triage-peer",
        help="where the backend is, or is installed",
    )  # fmt: skip
    options.add_argument("--peer", nargs="+", default=list(PEER), help="what pip installs there")
    given = options.parse_args()
    load = os.getloadavg()[0]
    print(f"{given.calls:,} calls, {given.in_flight} in flight, "
          f"{os.cpu_count()} cores, load {load:.1f}")  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        triage_server(Path(one)) as ours,
        idle_server(Path(other), given.environment, given.peer) as theirs,
    ):
        asyncio.run(measure(given.calls, given.in_flight, ours, theirs))


if __name__ == "__main__":
    main()
