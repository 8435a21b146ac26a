"""What the tests of the judges share: a ledger in a file, a panel on the stand-in, traces."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from triage.judging import Judge, Judging, Price
from triage.judging.plugin import JudgePlugin
from triage.plugininfo import PluginContext, Sees
from triage.providers import Ask, Provider, Reply
from triage.records import Abstention, Caution, Failure, Outcome, Step, Trace
from triage.standin import StandIn
from triage.store.database import open_store

ITEMS = r"<<\w+ step (\d+)"
"""How the stand-in finds the steps of a prompt that asks about a whole trace."""
PRICE = Price(input=1.0, output=5.0)


def ledger_at(folder: Path) -> Engine:
    return open_store(f"sqlite:///{folder / 'ledger.db'}")


def judge(server: StandIn, name: str = "a", **more: Any) -> Judge:
    settings = {
        "name": name,
        "provider": "openai",
        "model": "stand-in",
        "url": f"{server.url}/v1",
        "in_flight": 64,
        "price": PRICE,
    }
    return Judge.model_validate(settings | more)


class Scripted:
    """A provider in place of an endpoint's: gives or raises what a function makes of each call."""

    def __init__(self, says: Callable[[Ask], Reply]) -> None:
        self._says = says
        self.asked: list[Ask] = []

    async def ask(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        return self._says(ask)

    async def check(self, model: str) -> None:
        raise AssertionError("nobody asked for a check")

    async def close(self) -> None:
        pass


def answer(label: str = "necessary", **more: Any) -> str:
    """What a judge replies about one step."""
    said: dict[str, Any] = {
        "rationale": f"It is {label}.",
        "quotes": [],
        "error_kind": None,
        "label": label,
        "inherits_error": False,
        "confidence": 0.9,
    }
    return json.dumps(said | more)


def trace(number: int = 0, steps: int = 4, **more: Any) -> Trace:
    texts = [f"Step text {index} of case {number} moves on." for index in range(steps)]
    fields: dict[str, Any] = {
        "id": f"case-{number}",
        "domain": "medical",
        "problem": f"Patient {number} has a complaint.",
        "steps": tuple(Step(index=i, text=text) for i, text in enumerate(texts)),
        "group": f"case-{number}",
    }
    return Trace.model_validate(fields | more)


async def propose(
    judging: Judging, plugin: JudgePlugin, traces: Sequence[Trace], **settings: Any
) -> list[list[Outcome]]:
    """What the plugin says of every step of every trace, asked the way the host asks."""

    async def one(found: Trace) -> list[list[Outcome]]:
        context = PluginContext(settings)
        return await asyncio.gather(
            *(
                plugin.triage_propose(_cut(found, step, plugin.info.sees), step, context)
                for step in range(len(found.steps))
            )
        )

    with judging.active():
        return [step for steps in await asyncio.gather(*map(one, traces)) for step in steps]


def _cut(found: Trace, step: int, sees: Sees) -> Trace:
    if sees is not Sees.EARLIER:
        return found
    return found.model_copy(update={"steps": found.steps[: step + 1]})


def run(
    engine: Engine,
    panel: Sequence[Judge],
    plugin: JudgePlugin,
    traces: Sequence[Trace],
    *,
    limit_usd: float | None = None,
    provider: Provider | None = None,
) -> list[list[Outcome]]:
    """One whole run, as a process would make it; cautions left out.

    Args:
        provider: In place of the judges' own.
    """
    connect = (lambda _judge: provider) if provider else None

    async def whole() -> list[list[Outcome]]:
        async with Judging(engine, panel, limit_usd=limit_usd, connect=connect) as judging:
            return await propose(judging, plugin, traces)

    return [[o for o in found if not isinstance(o, Caution)] for found in asyncio.run(whole())]


def kinds(found: list[list[Outcome]]) -> Counter[str]:
    return Counter(
        outcome.why if isinstance(outcome, Failure | Abstention) else type(outcome).__name__
        for step in found
        for outcome in step
    )
