"""Calls a second of the judges against a bare loop over the same SDK client, in turns.

Usage: python -m benchmarks.judges.judging_speed [--steps N] [--rounds N] [--way WAY ...]

Both ask a stand-in in a process of its own, 64 in flight, 50 ms latency, with the same prompts and
over the same transport. The bare loop sends requests that lie ready and keeps nothing. Ours is
`triage run` inside this process: it reads a file, renders, reserves money, keeps every answer in
the ledger, proposes, decides and writes the decisions. Rates are the stand-in's, from the first
answer that it delivered to the last; the shares are of neighbouring turns, so that other work on
the machine weighs on both.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.judges.judging_setup import FLIGHT, LATENCY, WAYS, judge_for, read, standin, traces
from triage.configuration.settings import Settings
from triage.judging import Judge
from triage.judging.questions.render import render
from triage.pipeline import RunOptions, run
from triage.promptbook import PromptBook
from triage.providers import Ask, anthropic, litellm, open_provider, openai
from triage.records import Trace
from triage.store.database import open_store


class Turn(NamedTuple):
    """Calls a second by the stand-in, and milliseconds of this process's CPU a call."""

    rate: float
    cpu: float


def turn(url: str, calls: int, work: Callable[[], None]) -> Turn:
    """What a piece of work that makes so many calls did."""
    before, cpu = len(read(url, "deliveries")), time.process_time()
    work()
    used = time.process_time() - cpu
    times = sorted(at for _, at in read(url, "deliveries")[before:])
    if len(times) < calls:
        raise click.ClickException(f"{len(times)} answers were delivered, not {calls}")
    return Turn((calls - 1) / (times[-1] - times[-calls]), used / calls * 1e3)


def bare(way: str, judge: Judge, bodies: list[dict[str, Any]]) -> None:
    """A plain loop over the SDK, nothing kept."""

    async def whole() -> None:
        call, close = _client(way, judge)
        waiting = iter(bodies)

        async def work() -> None:
            for body in waiting:
                await call(**body)

        await asyncio.gather(*(work() for _ in range(FLIGHT)))
        await close()

    asyncio.run(whole())


def bodies_of(way: str, judge: Judge, all_traces: list[Trace]) -> list[dict[str, Any]]:
    """The requests as the SDK takes them, in the form that is cheapest to send."""
    prompt = PromptBook().get("medical/step_judge")
    bodies = []
    for trace in all_traces:
        for index in range(len(trace.steps)):
            one = range(index, index + 1)
            made = render(prompt, trace, one, whole=False, reference=False)
            ask = Ask(
                judge.model,
                made.prompt.system,
                made.prompt.parts,
                made.form.schema,
                judge.max_tokens,
            )
            if way == "openai":
                body = openai.body_of(ask, hosted=False)
                body["extra_body"] = {"response_format": body.pop("response_format")}
            elif way == "anthropic":
                body = anthropic.body_of(ask)
            else:
                body = litellm.body_of(ask, judge.url, "k")
            bodies.append(body)
    return bodies


def _client(way: str, judge: Judge) -> tuple[Any, Any]:
    if way == "openai":
        client = openai.client(judge.url, "k")
        return client.chat.completions.create, client.close
    if way == "anthropic":
        other = anthropic.client(judge.url, "k")
        return other.messages.create, other.close
    import litellm as litellm_sdk

    return litellm_sdk.acompletion, open_provider("litellm").close


def ours(judge: Judge, source: Path, budget: float | None) -> None:
    """`triage run` on the traces of a file."""
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        table = judge.model_dump(exclude={"name"}, exclude_none=True, mode="json")
        settings = Settings(db=f"sqlite:///{folder}/store.db", judges={judge.name: table})
        out = Path(folder) / "out.jsonl"
        engine = open_store(settings.db)
        options = RunOptions(inputs=(str(source),), out=out, budget_usd=budget)
        summary = run(engine, settings, options)
        engine.dispose()
        if summary.failed:
            raise click.ClickException(f"{summary.failed} traces failed")


@click.command()
@click.option("--steps", default=2_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--way", "ways", multiple=True, type=click.Choice(WAYS), default=WAYS)
def main(steps: int, rounds: int, ways: tuple[str, ...]) -> None:
    """Measure calls a second, ours against a bare loop."""
    os.environ["STAND_IN_KEY"] = "k"
    work = traces(steps)
    print(f"{steps} steps a turn, {rounds} rounds, {FLIGHT} in flight, {LATENCY * 1e3:.0f} ms")
    print("medians: calls/s (ms of CPU a call), and the share of the bare loop's calls/s\n")
    print(
        "| client | bare | triage run | share | with --budget | share |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        rows = (
            {
                "id": t.id,
                "domain": t.domain,
                "problem": t.problem,
                "steps": [s.text for s in t.steps],
            }
            for t in work
        )
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        for way in ways:
            _measure(way, work, source, rounds)


def _measure(way: str, work: list[Trace], source: Path, rounds: int) -> None:
    calls = sum(len(trace.steps) for trace in work)
    with standin({"latency": LATENCY}) as url:
        judge = judge_for(way, url)
        bodies = bodies_of(way, judge, work)
        bare(way, judge, bodies[:200])  # the first calls of a process pay for imports
        turns = [
            (
                turn(url, calls, lambda: bare(way, judge, bodies)),
                turn(url, calls, lambda: ours(judge, source, None)),
                turn(url, calls, lambda: ours(judge, source, 1e6)),
            )
            for _ in range(rounds)
        ]
    columns = list(zip(*turns, strict=True))
    cells = [
        f"{statistics.median(t.rate for t in column):.0f} "
        f"({statistics.median(t.cpu for t in column):.2f})"
        for column in columns
    ]
    shares = [
        statistics.median(our.rate / one.rate for one, our in zip(columns[0], column, strict=True))
        for column in columns[1:]
    ]
    print(
        f"| {way} | {cells[0]} | {cells[1]} | {shares[0]:.0%} | {cells[2]} | {shares[1]:.0%} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
