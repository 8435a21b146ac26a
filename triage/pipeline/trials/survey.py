"""Finds out which plugins there are: what works, what is broken and why, what is left out."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from importlib.metadata import EntryPoint

from triage.configuration.settings import Settings
from triage.pipeline.judges import describe
from triage.plugininfo import PluginInfo
from triage.plugins import installed
from triage.propose.host import Workers
from triage.propose.worker import Described
from triage.records import Record


class Status(StrEnum):
    """Whether a plugin is asked."""

    LOADED = "loaded"
    BROKEN = "broken"
    BLOCKED = "blocked"


class Runs(StrEnum):
    """Where a plugin's code runs."""

    WORKER = "worker process"
    """Killed at its deadline or its memory limit."""
    MAIN = "main process"
    """Only there, beside the judges whom it helps."""
    EVENT_LOOP = "event loop"
    """In the main process too: such a plugin waits on a network."""


class Surveyed(Record):
    """One installed plugin.

    Attributes:
        package: The distribution that brings it, with its version.
        helps_judges: Whether it finds passages, or covers what is private, for judges' questions.
        why: Why it is broken.
    """

    name: str
    status: Status
    package: str | None
    info: PluginInfo | None = None
    runs: Runs | None = None
    helps_judges: bool = False
    why: str | None = None


def survey(settings: Settings) -> tuple[Surveyed, ...]:
    """Load every plugin in a worker process that it may kill, and tell what became of it.

    Raises:
        PluginError: No worker process lives long enough to load any plugin.
    """
    described = asyncio.run(_describe(settings))
    return tuple(_survey(described, installed(), settings.plugins.blocked))


async def _describe(settings: Settings) -> Described:
    how = settings.plugins
    with Workers(
        workers=1,
        deadline_seconds=how.deadline_seconds,
        memory_mb=how.memory_mb,
        blocked=how.blocked,
        settings=settings.plugin,
    ) as workers:
        return await describe(workers, settings)


def _survey(
    described: Described, entries: Iterable[EntryPoint], blocked: Iterable[str]
) -> Iterable[Surveyed]:
    for entry in entries:
        name = entry.name
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else None
        if name in blocked:
            yield Surveyed(name=name, status=Status.BLOCKED, package=package)
        elif name in described.infos:
            yield Surveyed(
                name=name,
                status=Status.LOADED,
                package=package,
                info=described.infos[name],
                runs=_where(described, name),
                helps_judges=name in described.helpers,
            )
        else:
            why = described.broken.get(name, "it was not loaded")
            yield Surveyed(name=name, status=Status.BROKEN, package=package, why=why)


def _where(described: Described, name: str) -> Runs:
    if name in described.in_event_loop:
        return Runs.EVENT_LOOP
    return Runs.MAIN if name in described.silent else Runs.WORKER
