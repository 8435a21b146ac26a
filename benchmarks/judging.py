"""Measures the judges against the stand-in; `python benchmarks/judging.py speed|faults|kill|money`.

Every figure is of one run on one machine; the stand-in is a process of its own.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine, event

from triage.judging import LEDGER, Judge, Judging, Price
from triage.judging.render import render
from triage.plugininfo import PluginContext
from triage.promptbook import PromptBook
from triage.providers import Ask, open_provider
from triage.records import Abstention, Caution, Failure, Outcome, Proposal, Step, Trace
from triage_medical import isolated

LATENCY = 0.05
FLIGHT = 64
WAYS = ("openai", "anthropic", "litellm-openai", "litellm-anthropic")
TROUBLE = [
    {"do": "status", "status": 429, "retry_after": 1, "share": 0.05},
    {"do": "status", "status": 500, "share": 0.03},
    {"do": "cut", "share": 0.005},
    {"do": "not-json", "share": 0.005},
    {"do": "wrong-schema", "share": 0.005},
    {"do": "refusal", "share": 0.005},
    {"do": "hang", "seconds": 30, "share": 0.01},
]


@contextlib.contextmanager
def standin(script: dict[str, Any]) -> Iterator[str]:
    """A stand-in in a process of its own; gives its URL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.json"
        path.write_text(json.dumps(script))
        command = [sys.executable, "-m", "triage.standin", "--port", "0", "--script", str(path)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2]
        finally:
            process.terminate()
            process.wait()


def read(url: str, what: str) -> Any:
    """What the stand-in tells of itself."""
    with urllib.request.urlopen(f"{url}/standin/{what}") as response:  # noqa: S310 - our own
        return json.load(response)


def judge_for(way: str, url: str, **more: Any) -> Judge:
    """A judge that is asked this way."""
    provider, at, model = {
        "openai": ("openai", f"{url}/v1", "stand-in"),
        "anthropic": ("anthropic", url, "stand-in"),
        "litellm-openai": ("litellm", f"{url}/v1", "openai/stand-in"),
        "litellm-anthropic": ("litellm", url, "anthropic/claude-haiku-4-5"),
    }[way]
    settings = {
        "name": "a",
        "provider": provider,
        "model": model,
        "url": at,
        "key_env": "STAND_IN_KEY",
        "in_flight": FLIGHT,
        "price": Price(input=1.0, output=5.0),
    }
    return Judge.model_validate(settings | more)


def traces(count: int, steps: int = 5) -> list[Trace]:
    """Traces of our own making, about 2 KB of prompt a step, with `count` steps in all."""
    made = []
    for number in range(count // steps):
        texts = [
            f"In case {number}, finding {index} is weighed against the history, and it moves the "
            f"assessment a little, because value {number * 7 + index} lies outside of its range."
            for index in range(steps)
        ]
        made.append(
            Trace(
                id=f"case-{number}",
                domain="medical",
                problem=f"Patient {number} comes with a complaint. " + "History as told. " * 12,
                steps=tuple(Step(index=i, text=text) for i, text in enumerate(texts)),
                group=f"case-{number}",
            )
        )
    return made


def engine_at(path: Path) -> Any:
    """A ledger in SQLite as the product opens it: write-ahead log, a patient lock."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    LEDGER.create_all(engine)
    return engine


@contextlib.asynccontextmanager
async def judging(folder: Path, panel: list[Judge], limit: float | None) -> AsyncIterator[Judging]:
    """The judges over a ledger in the folder."""
    engine = engine_at(folder / "ledger.db")
    try:
        async with Judging(engine, panel, limit_usd=limit) as found:
            with found.active():
                yield found
    finally:
        engine.dispose()


async def propose_all(judges: Judging, all_traces: list[Trace]) -> list[list[Outcome]]:
    """Judge every step of every trace, all at once, as the host does."""
    prompt = judges.book.get("medical/step_judge")

    async def one(trace: Trace) -> list[list[Outcome]]:
        context = PluginContext()
        return await asyncio.gather(
            *(
                judges.propose(
                    isolated.info,
                    prompt,
                    trace.model_copy(update={"steps": trace.steps[: i + 1]}),
                    i,
                    context,
                )
                for i in range(len(trace.steps))
            )
        )

    return [step for found in await asyncio.gather(*map(one, all_traces)) for step in found]


async def bare(judge: Judge, all_traces: list[Trace]) -> float:
    """Calls a second of a plain loop over the same client with the same prompts, nothing kept."""
    prompt = PromptBook().get("medical/step_judge")
    asks = []
    for trace in all_traces:
        for index in range(len(trace.steps)):
            made = render(prompt, trace, index, reference=False)
            asks.append(
                Ask(
                    judge.model,
                    made.prompt.system,
                    made.prompt.parts,
                    made.schema,
                    judge.max_tokens,
                )
            )
    provider = open_provider(judge.provider, url=judge.url, key="k")
    waiting = iter(asks)

    async def work() -> None:
        for ask in waiting:
            await provider.ask(ask)

    await provider.ask(asks[0])
    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(FLIGHT)))
    seconds = time.perf_counter() - started
    await provider.close()
    return len(asks) / seconds


async def ours(judge: Judge, all_traces: list[Trace], limit: float | None) -> float:
    """Calls a second of the judges over the same prompts, ledger written, proposals made."""
    with tempfile.TemporaryDirectory() as folder:
        async with judging(Path(folder), [judge], limit) as judges:
            await judges.asker(judge)._provider.ask(  # noqa: SLF001 - opens the connection, as above
                Ask(
                    judge.model,
                    "warm",
                    ("up",),
                    {
                        "type": "object",
                        "properties": {},
                        "required": [],
                        "additionalProperties": False,
                    },
                    16,
                )
            )
            started = time.perf_counter()
            found = await propose_all(judges, all_traces)
            seconds = time.perf_counter() - started
        proposals = sum(isinstance(o, Proposal) for step in found for o in step)
        assert proposals == len(found), "not every step has its proposal"
    return len(found) / seconds


@click.group()
def main() -> None:
    """Measure the judges against the stand-in."""
    os.environ["STAND_IN_KEY"] = "k"


@main.command()
@click.option("--steps", default=2_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--way", "ways", multiple=True, type=click.Choice(WAYS), default=WAYS)
def speed(steps: int, rounds: int, ways: tuple[str, ...]) -> None:
    """Calls a second against a bare loop over the same client, 64 in flight, in turns."""
    work = traces(steps)
    print(f"{steps} steps, {FLIGHT} in flight, {LATENCY * 1000:.0f} ms latency, best of {rounds}")
    print("| client | bare | ours | share | ours with a limit | share |\n|---|---|---|---|---|---|")
    for way in ways:
        best = [0.0, 0.0, 0.0]
        for _ in range(rounds):
            with standin({"latency": LATENCY}) as url:
                judge = judge_for(way, url)
                for place, run in enumerate(
                    (bare(judge, work), ours(judge, work, None), ours(judge, work, 1e6))
                ):
                    best[place] = max(best[place], asyncio.run(run))
        first, plain, limited = best
        print(
            f"| {way} | {first:.0f} | {plain:.0f} | {plain / first:.0%} "
            f"| {limited:.0f} | {limited / first:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
