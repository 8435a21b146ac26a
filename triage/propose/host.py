"""Keeps the worker processes: one hop per trace, and whoever hangs or kills pays alone."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from triage.errors import PluginError
from triage.propose.packed import Packed
from triage.propose.progress import ANSWER, LOADING, Doing, Progress
from triage.propose.worker import Described, Job, WorkerSettings, describe, judge, start
from triage.records import Failure, Findings

_SECONDS_PER_STEP: Final = 0.05
"""Added to the deadline for every step, so that an honest long trace is not cut."""
_QUARANTINE_AFTER: Final = 10
"""Kills in a row after which a plugin is not asked again in this run."""
_UNEXPLAINED_DEATHS: Final = 3

Answer = TypeVar("Answer")


class Workers:
    """A pool of killable processes that run the plugins which do not wait on a network.

    Use as a context manager, from one event loop.
    """

    def __init__(
        self,
        *,
        workers: int,
        deadline_seconds: float,
        memory_mb: int,
        blocked: Iterable[str] = (),
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        slots = 4 * workers
        self._deadline = deadline_seconds
        self._warming = range(slots, slots + workers)
        self._progress = Progress.create(slots + workers)
        self._free = asyncio.Queue[int]()
        for slot in range(slots):
            self._free.put_nowait(slot)
        self._blocked: dict[str, str] = {}
        self._kills: Counter[str] = Counter()
        self._unexplained = 0
        told = WorkerSettings(
            self._progress.path, slots + workers, memory_mb, frozenset(blocked), settings or {}
        )
        self._pool = ProcessPool(
            workers,
            initializer=start,
            initargs=(told,),
            # workers start from nothing: a fork would copy the threads' locks as they stand
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._progress.close()

    def warm_up(self) -> None:
        """Start the processes and let them load the plugins while other work goes on.

        What goes wrong here goes wrong again, and is told, when the plugins are described.
        """
        for slot in self._warming:
            self._pool.schedule(describe, args=(slot, frozenset[str]()), timeout=self._deadline)

    async def describe(self) -> Described:
        """Load the plugins in a worker and tell which work, which do not and why."""
        slot = await self._free.get()
        try:
            while True:
                try:
                    found = await self._hop(slot, 0, describe, slot, frozenset(self._blocked))
                except _KilledError as killed:
                    self._block(killed)
                else:
                    return found._replace(broken=found.broken | self._blocked)
        finally:
            self._free.put_nowait(slot)

    async def judge(self, trace: bytes, steps: int, plugins: Sequence[str]) -> dict[str, Packed]:
        """Ask plugins about a trace of so many steps, given as JSON.

        Returns:
            For each plugin its findings. A step at which it hung, ate its memory or killed its
            process is a failure; the other steps are as if it had not.
        """
        killed: dict[Doing, str] = {}
        slot = await self._free.get()
        try:
            while True:
                asked = tuple(name for name in plugins if self._kills[name] < _QUARANTINE_AFTER)
                job = Job(slot, trace, asked, frozenset(killed), frozenset(self._blocked))
                try:
                    answers = await self._hop(slot, steps, judge, job)
                    break
                except _KilledError as death:
                    if death.doing is None or death.doing.step == LOADING:
                        self._block(death)
                    else:
                        killed[death.doing] = death.why
                        self._kills[death.doing.plugin] += 1
        finally:
            self._free.put_nowait(slot)
        guilty = {doing.plugin for doing in killed}
        for name in set(asked) - guilty:
            self._kills[name] = 0
        return {
            name: _with_failures(answers[name], name, killed, steps)
            if name in answers
            else _quarantined(name, steps)
            for name in plugins
        }

    async def _hop(
        self, slot: int, steps: int, function: Callable[..., Answer], *arguments: object
    ) -> Answer:
        self._progress.clear(slot)
        timeout = self._deadline + _SECONDS_PER_STEP * steps
        future = self._pool.schedule(function, args=arguments, timeout=timeout)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError as late:
            raise _KilledError(self._progress.read(slot), "timeout") from late
        except ProcessExpired as death:
            raise _KilledError(self._progress.read(slot), "killed") from death

    def _block(self, death: "_KilledError") -> None:
        """Leave out a plugin that can't even be imported.

        Raises:
            PluginError: Workers die again and again while no plugin runs.
        """
        if death.doing is not None:
            self._blocked[death.doing.plugin] = f"{death.why} while it was being imported"
            return
        self._unexplained += 1
        if self._unexplained > _UNEXPLAINED_DEATHS:
            raise PluginError(
                "worker processes die before any plugin runs: look for a memory limit that is "
                "too low (plugins.memory_mb) or a system that kills them"
            ) from death


class _KilledError(Exception):
    def __init__(self, doing: Doing | None, why: str) -> None:
        super().__init__(f"{why}: {doing}")
        self.doing = doing
        self.why = why


def _with_failures(packed: Packed, plugin: str, killed: Mapping[Doing, str], steps: int) -> Packed:
    mine = [
        Failure(step=steps - 1 if doing.step == ANSWER else doing.step, source=plugin, why=why)
        for doing, why in killed.items()
        if doing.plugin == plugin
    ]
    if not mine:
        return packed
    findings = packed.unpack()
    failures = sorted((*findings.failures, *mine), key=lambda failure: failure.step)
    return Packed.pack(findings.model_copy(update={"failures": tuple(failures)}))


def _quarantined(plugin: str, steps: int) -> Packed:
    return Packed.pack(
        Findings(
            failures=tuple(
                Failure(
                    step=step, source=plugin, why="quarantined", detail="killed too many workers"
                )
                for step in range(steps)
            )
        )
    )
