"""Second stage of a run: asks every plugin that has not answered yet, and keeps its findings."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection

from triage.judging import read_panel
from triage.plugininfo import PluginInfo
from triage.plugins import Plugin, installed, load
from triage.promptbook import PromptBook
from triage.propose.asking import ask
from triage.propose.host import Workers
from triage.propose.packed import Packed
from triage.records import SourceKind
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.findings import Answered, keep_findings, missing
from triage.store.plugins import keep_plugins
from triage.store.traces import Stored

_IN_FLIGHT: Final = 64
"""Traces that are being asked about at a time."""
_KEEP_AFTER: Final = 200
"""Answers that are gathered before they are written: what a kill may cost to compute again."""


class Asked(NamedTuple):
    """What became of the asking.

    Attributes:
        at_limit: Whether judges were not asked because of the money limit.
    """

    infos: dict[str, PluginInfo]
    broken: dict[str, str]
    failed: int
    cost_usd: float
    at_limit: bool = False


def ask_plugins(
    connection: Connection,
    batch: Batch,
    settings: Settings,
    workers: Workers,
    progress: Callable[[int], None] = lambda _count: None,
    budget_usd: float | None = None,
) -> Asked:
    """Ask plugins about every trace of the batch on which they have not answered yet.

    Args:
        progress: Told how many traces are done since the last time.
        budget_usd: What the judges may cost, all runs on this store together; None is no limit.

    Raises:
        UsageError: A judge of the panel is not configured right.
    """
    return asyncio.run(_ask_all(connection, batch, settings, workers, progress, budget_usd))


def fingerprint(info: PluginInfo, settings: Settings) -> str:
    """What an answer depends on besides the trace: the plugin, its version, settings, prompts."""
    own: dict[str, Any] = settings.plugin.get(info.name, {})
    content: list[object] = [info.name, info.version, info.hook_api, own]
    if info.kind is SourceKind.JUDGE and settings.judges:
        # another panel or prompt is asked anew; the ledger keeps answers
        content += [settings.judges, PromptBook().digest()]
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(packed).hexdigest()


@dataclass
class _Asking:
    """The state of one asking: whom to ask, and the answers that wait to be written."""

    workers: Workers
    settings: Settings
    infos: dict[str, PluginInfo]
    in_event_loop: dict[str, Plugin]
    fingerprints: dict[str, str]
    answers: list[Answered] = field(default_factory=list)
    failed: int = 0
    cost_usd: float = 0.0

    async def ask(self, stored: Stored, plugins: list[str]) -> None:
        here = [name for name in plugins if name in self.in_event_loop]
        there = [name for name in plugins if name not in self.in_event_loop]
        packed: dict[str, Packed] = {}
        waiting = [asyncio.create_task(self._ask_here(stored, name)) for name in here]
        if there:
            packed = await self.workers.judge(stored.body, stored.steps, there)
        for name, findings in zip(here, await asyncio.gather(*waiting), strict=True):
            packed[name] = findings
        for name, one in packed.items():
            self.failed += one.failed
            self.cost_usd += one.cost_usd
            self.answers.append(Answered(stored.key, name, self.fingerprints[name], *one))

    async def _ask_here(self, stored: Stored, name: str) -> Packed:
        findings = await ask(
            self.in_event_loop[name],
            stored.trace(),
            self.settings.plugin.get(name, {}),
            self.settings.plugins.network_deadline_seconds,
        )
        return Packed.pack(findings)


def workers_for(settings: Settings) -> Workers:
    """The worker processes that the settings ask for, not yet started."""
    how = settings.plugins
    return Workers(
        workers=how.workers,
        deadline_seconds=how.deadline_seconds,
        memory_mb=how.memory_mb,
        blocked=how.blocked,
        settings=settings.plugin,
    )


async def _ask_all(
    connection: Connection,
    batch: Batch,
    settings: Settings,
    workers: Workers,
    progress: Callable[[int], None],
    budget_usd: float | None,
) -> Asked:
    panel = read_panel(settings.judges)
    described = await workers.describe()
    infos = described.infos
    here = described.in_event_loop
    entries = [one for one in installed(settings.plugins.blocked) if one.name in here]
    asking = _Asking(
        workers,
        settings,
        infos,
        load(entries).loaded,
        {name: fingerprint(info, settings) for name, info in infos.items()},
    )
    with connection.begin():
        keep_plugins(connection, infos, asking.fingerprints)
    if not panel:
        await _ask_batch(connection, batch, asking, progress)
        return Asked(infos, described.broken, asking.failed, asking.cost_usd)
    from triage.judging import Judging  # with its providers a cost that only panels pay

    async with Judging(connection.engine, panel, limit_usd=budget_usd) as judging:
        with judging.active():
            await _ask_batch(connection, batch, asking, progress)
    return Asked(infos, described.broken, asking.failed, asking.cost_usd, at_limit=judging.at_limit)


async def _ask_batch(
    connection: Connection, batch: Batch, asking: _Asking, progress: Callable[[int], None]
) -> None:
    places = asyncio.Semaphore(_IN_FLIGHT)

    async def one(stored: Stored, plugins: list[str]) -> None:
        try:
            await asking.ask(stored, plugins)
        finally:
            places.release()
            progress(1)

    def keep() -> None:
        with connection.begin():
            keep_findings(connection, asking.answers)
        asking.answers.clear()

    async with asyncio.TaskGroup() as group:
        for chunk in batch.chunks():
            with connection.begin():
                todo = missing(connection, [one.key for one in chunk], asking.fingerprints)
            for stored in chunk:
                plugins = [p for p in todo[stored.key] if asking.infos[p].serves(stored.domain)]
                if not plugins:
                    progress(1)
                    continue
                await places.acquire()
                group.create_task(one(stored, plugins))
                if len(asking.answers) >= _KEEP_AFTER:
                    keep()
    keep()
