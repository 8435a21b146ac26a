"""Second stage of a run: asks every plugin that has not answered yet, and keeps its findings."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.judging import read_panel
from triage.pipeline.judges import judging_with
from triage.pipeline.sources import Sources, find_sources
from triage.plugininfo import PluginInfo
from triage.propose.host import Workers
from triage.runtime.cycles import collect_seldom
from triage.runtime.loops import fast_loop
from triage.runtime.progress import tell
from triage.store.checkpoints import leave_checkpoints
from triage.store.run.batch import Batch
from triage.store.run.findings import Answered, keep_findings, missing
from triage.store.run.plugins import keep_plugins
from triage.store.run.traces import Stored

_IN_FLIGHT: Final = 64
"""Traces that are being asked about at a time."""
_KEEP_AFTER: Final = 200
"""Answers that are gathered before they are written: what a kill may cost to compute again."""


class Asked(NamedTuple):
    """What became of the asking.

    Attributes:
        cost_usd: What was spent now; answers that were bought before cost nothing.
        spent_before_usd: What judges had cost on this store before, and what was set aside then.
        at_limit: Whether judges were not asked because of the money limit.
        pending: Questions that are with providers' batches.
    """

    infos: dict[str, PluginInfo]
    broken: dict[str, str]
    failed: int
    cost_usd: float
    spent_before_usd: float = 0.0
    at_limit: bool = False
    pending: int = 0


def ask_plugins(
    connection: Connection,
    batch: Batch,
    settings: Settings,
    workers: Workers,
    progress: Callable[[int], None] = lambda _count: None,
    budget_usd: float | None = None,
    *,
    wait: bool = True,
) -> Asked:
    """Ask plugins about every trace of the batch on which they have not answered yet.

    Args:
        progress: Told how many traces are done since the last time.
        budget_usd: What the judges may cost, all runs on this store together; None is no limit.
        wait: Whether to wait for providers' batches.

    Raises:
        UsageError: A judge of the panel is not configured right.
    """
    asking = _ask_all(connection, batch, settings, workers, progress, budget_usd, wait=wait)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        return runner.run(asking)


async def _ask_all(
    connection: Connection,
    batch: Batch,
    settings: Settings,
    workers: Workers,
    progress: Callable[[int], None],
    budget_usd: float | None,
    *,
    wait: bool,
) -> Asked:
    panel = read_panel(settings.judges)
    sources = await find_sources(workers, settings)
    with connection.begin():
        keep_plugins(connection, sources.infos, sources.fingerprints)
    if not panel:
        failed, cost = await _ask_batch(connection, batch, sources, progress)
        return Asked(sources.infos, sources.broken, failed, cost)
    paid = judging_with(connection.engine, panel, sources.helpers, settings, budget_usd=budget_usd)
    from triage.pipeline.batching import fill_batches  # only panels have batches

    leave_checkpoints(connection)
    async with paid as judging:
        before = judging.spent_usd
        with judging.active():
            pending = await fill_batches(connection, batch, sources, judging, tell, wait=wait)
            failed, cost = await _ask_batch(connection, batch, sources, progress)
    collect_seldom()  # no answer is waited for any more
    cost += judging.own_spent_usd
    return Asked(sources.infos, sources.broken, failed, cost, before, judging.at_limit, pending)


async def _ask_batch(
    connection: Connection, batch: Batch, sources: Sources, progress: Callable[[int], None]
) -> tuple[int, float]:
    places = asyncio.Semaphore(_IN_FLIGHT)
    answers: list[Answered] = []
    failed, cost = 0, 0.0

    async def one(stored: Stored, plugins: list[str]) -> None:
        nonlocal failed, cost
        try:
            answered = await sources.ask(stored, plugins)
        finally:
            places.release()
            progress(1)
        failed += sum(answer.failed for answer in answered)
        cost += sum(a.cost_usd for a in answered if sources.judges_by(a.plugin) is None)
        answers.extend(answered)

    def keep() -> None:
        with connection.begin():
            keep_findings(connection, answers)
        answers.clear()

    async with asyncio.TaskGroup() as group:
        for chunk in batch.chunks():
            with connection.begin():
                todo = missing(connection, [one.key for one in chunk], sources.fingerprints)
            for stored in chunk:
                plugins = sources.serving(stored.domain, todo[stored.key])
                if not plugins:
                    progress(1)
                    continue
                await places.acquire()
                group.create_task(one(stored, plugins))
                await asyncio.sleep(0)  # answers that came are kept before the next trace begins
                if len(answers) >= _KEEP_AFTER:
                    keep()
    keep()
    return failed, cost
