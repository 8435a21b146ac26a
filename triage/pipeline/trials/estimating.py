"""What a run would take, before anything is spent: calls, tokens, money, experts' minutes."""

import asyncio
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from pydantic import Field
from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.ingest import Ingested, Reject, read_traces
from triage.judging import read_panel
from triage.pipeline.judges import describe, judging_with, load_here
from triage.pipeline.sources import workers_for
from triage.pipeline.stages import ingest_options
from triage.pipeline.trials.reckoning import Reckoning
from triage.plugins import Plugin
from triage.records import Record, Trace
from triage.records.job import JudgeEstimate
from triage.store.database import open_store
from triage.store.labelling.effort import Pace, Share, asked_by_domain, pace_by_domain
from triage.store.labelling.queue import LEASE_SECONDS
from triage.store.look import look

_CHUNK: Final = 200
_FEWEST_DECIDED: Final = 100
"""Decided steps of a domain below which no share of asked steps is read off them."""
_FEWEST_TIMED: Final = 20
"""Timed verdicts of a domain below which their pace is assumed, not measured."""


class ExpertTime(Record):
    """What the experts' part may take in one domain.

    Attributes:
        asked_share: Share of the steps that would go to an expert.
        asked_from: `store` where it is the share of the steps decided there; `every-step` where
            too little was decided yet, so that all steps are counted: an upper bound.
        seconds_per_step: What a step takes an expert.
        seconds_from: `store` where verdicts there were timed, else `settings`.
        minutes: Both together over the domain's steps.
    """

    domain: str
    steps: int
    asked_share: float = Field(ge=0.0, le=1.0)
    asked_from: str
    seconds_per_step: float
    seconds_from: str
    minutes: float


class RunEstimate(Record):
    """What a run over some input would take.

    Attributes:
        judges: By judge and plugin; empty without a panel.
        usd: The judges' sum; None where a judge that would be asked has no price.
        worst_usd: The most they could cost.
        experts: By domain.
    """

    traces: int
    steps: int
    rejected: int
    judges: tuple[JudgeEstimate, ...]
    calls: int
    stored: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    worst_usd: float | None
    experts: tuple[ExpertTime, ...]
    expert_minutes: float


def estimate_run(
    settings: Settings, inputs: Sequence[str], limit: int | None = None
) -> RunEstimate:
    """Reckon what `triage run` would take; no judge is asked, and no trace is stored.

    What the store's ledger has answered already costs nothing.

    Raises:
        InputError: No usable input.
        UsageError: A judge of the panel is not configured right.
    """
    with tempfile.TemporaryDirectory(prefix="triage-estimate-") as folder:
        there = look(settings.db).exists
        engine = open_store(settings.db if there else f"sqlite:///{folder}/store.db")
        try:
            return asyncio.run(_reckon(engine, settings, inputs, limit))
        finally:
            engine.dispose()


async def _reckon(
    engine: Engine, settings: Settings, inputs: Sequence[str], limit: int | None
) -> RunEstimate:
    panel = read_panel(settings.judges)
    plugins: Mapping[str, Plugin] = {}
    if panel:
        with workers_for(settings) as workers:
            plugins = load_here(await describe(workers, settings), settings)
    counted = _Counted()
    async with judging_with(engine, panel, plugins, settings) as judging:
        reckoning = Reckoning(judging, plugins, settings, batches=True)
        traces = counted.traces(settings, inputs, limit)
        while chunk := list(islice(traces, _CHUNK)):
            await reckoning.add(chunk)
    judges = tuple(reckoning.total())
    experts = tuple(_experts(engine, settings, counted.steps))
    prices = [one.usd for one in judges if one.calls]
    worst = [one.worst_usd for one in judges if one.calls]
    return RunEstimate(
        traces=counted.taken,
        steps=counted.steps.total(),
        rejected=counted.rejected,
        judges=judges,
        calls=sum(one.calls for one in judges),
        stored=sum(one.stored for one in judges),
        input_tokens=sum(one.input_tokens for one in judges),
        output_tokens=sum(one.output_tokens for one in judges),
        usd=None if None in prices else math.fsum(p for p in prices if p is not None),
        worst_usd=None if None in worst else math.fsum(p for p in worst if p is not None),
        experts=experts,
        expert_minutes=sum(one.minutes for one in experts),
    )


class _Counted:
    """Counts the input as it passes."""

    def __init__(self) -> None:
        self.taken = self.rejected = 0
        self.steps = Counter[str]()

    def traces(
        self, settings: Settings, inputs: Sequence[str], limit: int | None
    ) -> Iterator[Trace]:
        for item in read_traces(inputs, ingest_options(settings)):
            if isinstance(item, Reject):
                self.rejected += 1
            elif isinstance(item, Ingested):
                if self.taken == limit:
                    return
                self.taken += 1
                self.steps[item.trace.domain] += len(item.trace.steps)
                yield item.trace


def _experts(engine: Engine, settings: Settings, steps: Counter[str]) -> Iterator[ExpertTime]:
    with engine.connect() as connection:
        shares = asked_by_domain(connection)
        paces = pace_by_domain(connection, LEASE_SECONDS)
    for domain, count in sorted(steps.items()):
        share = shares.get(domain, Share(0, 0))
        pace = paces.get(domain, Pace(0, 0.0))
        known = share.decided >= _FEWEST_DECIDED
        timed = pace.verdicts >= _FEWEST_TIMED
        asked = share.asked / share.decided if known else 1.0
        assumed = settings.queue.worth(domain).seconds
        seconds = pace.seconds / pace.verdicts if timed else assumed
        yield ExpertTime(
            domain=domain,
            steps=count,
            asked_share=asked,
            asked_from="store" if known else "every-step",
            seconds_per_step=seconds,
            seconds_from="store" if timed else "settings",
            minutes=count * asked * seconds / 60.0,
        )
