"""Measures the judges against the stand-in; `python -m benchmarks.judging faults|kill|money`.

Every figure is of one run on one machine; the stand-in is a process of its own.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from benchmarks.judging_setup import (
    LATENCY,
    TROUBLE,
    WAYS,
    judge_for,
    judging,
    propose_all,
    read,
    standin,
    traces,
)
from triage.judging import Judge, Price
from triage.records import Abstention, Caution, Failure, Outcome, Trace


@click.group()
def main() -> None:
    """Measure the judges against the stand-in."""
    os.environ["STAND_IN_KEY"] = "k"


@main.command()
@click.option("--steps", default=2_000, show_default=True)
@click.option("--way", default="openai", type=click.Choice(WAYS), show_default=True)
def faults(steps: int, way: str) -> None:
    """A run through 5 % 429, 3 % 500, 2 % broken replies and 1 % hangs, and a second one after."""
    work = traces(steps)
    with tempfile.TemporaryDirectory() as folder:
        with standin({"latency": LATENCY, "rules": TROUBLE}) as url:
            seconds, outcomes = _timed(
                Path(folder), judge_for(way, url, timeout_seconds=10.0), work
            )
            stats = read(url, "stats")
            port = url.rpartition(":")[2]
        print(f"first run: {seconds:.1f} s, {dict(outcomes)}\n{stats}")
        missing = steps - outcomes["Proposal"]
        final = outcomes["refusal"]
        with standin({"latency": LATENCY}, port) as url:
            seconds, outcomes = _timed(Path(folder), judge_for(way, url), work)
            asked = read(url, "stats")["asked"]
        print(f"second run: {seconds:.1f} s, {dict(outcomes)}")
        print(f"missing {missing}, of them {final} refusals that stay; asked for {asked}")


def _timed(folder: Path, judge: Judge, work: list[Trace]) -> tuple[float, Counter[str]]:
    async def run() -> tuple[float, Counter[str]]:
        async with judging(folder, [judge], None) as judges:
            started = time.perf_counter()
            found = await propose_all(judges, work)
            return time.perf_counter() - started, _kinds(found)

    return asyncio.run(run())


def _kinds(found: list[list[Outcome]]) -> Counter[str]:
    return Counter(
        o.why if isinstance(o, Failure | Abstention) else type(o).__name__
        for step in found
        for o in step
        if not isinstance(o, Caution)
    )


@main.command()
@click.option("--kills", default=20, show_default=True)
@click.option("--steps", default=4_000, show_default=True)
def kill(kills: int, steps: int) -> None:
    """`kill -9` at random moments, then run to the end: what was lost or bought again."""
    with tempfile.TemporaryDirectory() as folder, standin({"latency": LATENCY}) as url:
        command = [
            sys.executable,
            "-m",
            "benchmarks.judging",
            "worker",
            url,
            folder,
            "--steps",
            str(steps),
        ]
        moments = []
        for _ in range(kills):
            before = read(url, "stats")["delivered"]
            process = subprocess.Popen(command)
            while read(url, "stats")["delivered"] == before and process.poll() is None:
                time.sleep(0.02)
            time.sleep(random.uniform(0.0, 1.0))
            process.send_signal(signal.SIGKILL)
            moments.append(time.monotonic())
            process.wait()
        subprocess.run(command, check=True)
        deliveries = read(url, "deliveries")
    bought = Counter(key for key, _ in deliveries)
    lost = 0
    for moment in moments:
        safe = {key for key, at in deliveries if at < moment - 0.1}
        lost += len(safe & {key for key, at in deliveries if at > moment})
    print(
        f"{kills} kills, {len(deliveries)} answers delivered for {len(bought)} questions; bought "
        f"twice while on the wire: {len(deliveries) - len(bought)}; delivered more than 100 ms "
        f"before a kill and bought again: {lost}"
    )


@main.command()
@click.argument("url")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--steps", default=4_000)
def worker(url: str, folder: Path, steps: int) -> None:
    """One run of the judges, to be killed."""
    _timed(folder, judge_for("openai", url), traces(steps))


@main.command()
@click.option("--limit", default=1.0, show_default=True)
@click.option("--steps", default=2_000, show_default=True)
def money(limit: float, steps: int) -> None:
    """A limit in dollars against what the stand-in's answers cost, with trouble on the way."""
    judge_price = Price(input=1.0, output=5.0)
    with (
        tempfile.TemporaryDirectory() as folder,
        standin({"latency": LATENCY, "rules": TROUBLE[:-1]}) as url,
    ):

        async def run() -> tuple[Counter[str], float]:
            judge = judge_for("openai", url, price=judge_price)
            async with judging(Path(folder), [judge], limit) as judges:
                found = await propose_all(judges, traces(steps))
            return _kinds(found), judges.spent_usd

        outcomes, spent = asyncio.run(run())
        tokens = read(url, "stats")["tokens"]
    cost = (tokens["input"] * judge_price.input + tokens["output"] * judge_price.output) / 1e6
    print(f"limit ${limit}, booked ${spent:.6f}, by the stand-in's own count ${cost:.6f}")
    print(dict(outcomes))


if __name__ == "__main__":
    main()
