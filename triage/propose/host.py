"""Keeps the worker processes: few hops for many traces, and whoever hangs or kills pays alone."""

import asyncio
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from multiprocessing.resource_tracker import ensure_running
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from triage.errors import PluginError
from triage.propose.deaths import complete
from triage.propose.packed import Packed
from triage.propose.progress import LOADING, Doing, Progress
from triage.propose.worker import Described, Job, Task, WorkerSettings, describe, judge, start

_SECONDS_PER_STEP: Final = 0.05
"""Added to the deadline for every step, so that an honest long trace is not cut."""
_QUARANTINE_AFTER: Final = 10
"""Kills in a row after which a plugin is not asked again in this run."""
_UNEXPLAINED_DEATHS: Final = 3
_TOGETHER: Final = 8
"""Waiting traces that share a hop at most: it costs nearly as much as judging a short one."""
_STEPS_TOGETHER: Final = 64
"""Steps that they have together at most: nobody is to wait long for a neighbour."""

_COMPANY_SECONDS: Final = 0.1
"""How long a trace that is in no hurry waits for others to share a hop with."""

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
        slots = 2 * workers  # one at work and one that is next
        self._processes = workers
        self._deadline = deadline_seconds
        self._warming = range(slots, slots + workers)
        self._progress = Progress.create(slots + workers + 1)
        self._describing = slots + workers
        self._free = list(range(slots))
        self._waiting: deque[_Asked] = deque()
        self._beginning = False
        self._company: asyncio.TimerHandle | None = None
        self._at_work: set[asyncio.Task[None]] = set()
        self._blocked: dict[str, str] = {}
        self._kills: Counter[str] = Counter()
        self._unexplained = 0
        told = WorkerSettings(
            self._progress.path, slots + workers + 1, memory_mb, frozenset(blocked), settings or {}
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
            self._schedule(describe, (slot, frozenset[str]()), self._deadline)

    async def describe(self) -> Described:
        """Load the plugins in a worker and tell which work, which do not and why."""
        slot = self._describing
        while True:
            try:
                found = await self._hop(slot, 0, describe, slot, frozenset(self._blocked))
            except _KilledError as killed:
                self._block(killed)
            else:
                return found._replace(broken=found.broken | self._blocked)

    async def judge(
        self, trace: bytes, steps: int, plugins: Sequence[str], *, hurry: bool = True
    ) -> dict[str, Packed]:
        """Ask plugins about a trace of so many steps, given as JSON.

        Args:
            hurry: Whether somebody waits for just this; else it may wait a little for company.

        Returns:
            For each plugin its findings. A step at which it hung, ate its memory or killed its
            process is a failure; the other steps are as if it had not.
        """
        answer: asyncio.Future[dict[str, Packed]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(trace, steps, tuple(plugins), answer, hurry=hurry))
        self._begin_soon()
        return await answer

    def _begin_soon(self) -> None:
        loop = asyncio.get_running_loop()
        enough = _TOGETHER * self._processes
        if len(self._waiting) < enough and not any(one.hurry for one in self._waiting):
            if self._company is None:
                self._company = loop.call_later(_COMPANY_SECONDS, self._begin)
        elif not self._beginning:  # whoever comes in the same turn of the loop may share a hop
            self._beginning = True
            loop.call_soon(self._begin)

    def _begin(self) -> None:
        """Hand out the free slots; who comes while all are taken waits, and shares a hop."""
        self._beginning = False
        if self._company is not None:
            self._company.cancel()
            self._company = None
        # no process is to get all of them while another has none
        most = min(_TOGETHER, -(-len(self._waiting) // self._processes))
        while self._free and (group := self._next(most)):
            slot = self._free.pop()
            task = asyncio.create_task(self._work(slot, group))
            self._at_work.add(task)
            task.add_done_callback(partial(self._end, slot))

    def _end(self, slot: int, done: "asyncio.Task[None]") -> None:
        self._at_work.discard(done)
        self._free.append(slot)
        if not done.cancelled() and self._waiting:  # else the loop comes to its end
            self._begin_soon()

    def _next(self, most: int) -> list["_Asked"]:
        group: list[_Asked] = []
        steps = 0
        while self._waiting and len(group) < most:
            one = self._waiting[0]
            if group and (one.alone or steps + one.steps > _STEPS_TOGETHER):
                break
            self._waiting.popleft()
            if one.answer.done():
                continue  # whoever asked has left
            group.append(one)
            steps += one.steps
            if one.alone:
                break
        return group

    async def _work(self, slot: int, group: Sequence["_Asked"]) -> None:
        try:
            if len(group) == 1:
                found = [await self._judge_alone(slot, group[0])]
            else:
                found = await self._judge_together(slot, group)
        except _KilledError:
            # which of them it was shows when each has a hop of its own
            self._waiting.extendleft(one._replace(alone=True) for one in reversed(group))
        except Exception as why:  # noqa: BLE001 - those who asked get it, whatever it is
            for one in group:
                if not one.answer.done():
                    one.answer.set_exception(why)
        else:
            for one, told in zip(group, found, strict=True):
                if not one.answer.done():
                    one.answer.set_result(told)

    async def _judge_together(
        self, slot: int, group: Sequence["_Asked"]
    ) -> list[dict[str, Packed]]:
        tasks = tuple(Task(one.trace, self._not_quarantined(one)) for one in group)
        steps = sum(one.steps for one in group)
        job = Job(slot, tasks, frozenset(self._blocked))
        found = await self._hop(slot, steps, judge, job)
        for task in tasks:
            self._acquit(task.plugins)
        return [
            complete(told, one.plugins, one.steps, {})
            for told, one in zip(found, group, strict=True)
        ]

    async def _judge_alone(self, slot: int, one: "_Asked") -> dict[str, Packed]:
        killed: dict[Doing, str] = {}
        while True:
            asked = self._not_quarantined(one)
            task = Task(one.trace, asked, frozenset(killed))
            job = Job(slot, (task,), frozenset(self._blocked))
            try:
                (found,) = await self._hop(slot, one.steps, judge, job)
                break
            except _KilledError as death:
                if death.doing is None or death.doing.step == LOADING:
                    self._block(death)
                else:
                    killed[death.doing] = death.why
                    self._kills[death.doing.plugin] += 1
        self._acquit(set(asked) - {doing.plugin for doing in killed})
        return complete(found, one.plugins, one.steps, killed)

    def _not_quarantined(self, one: "_Asked") -> tuple[str, ...]:
        return tuple(name for name in one.plugins if self._kills[name] < _QUARANTINE_AFTER)

    def _acquit(self, plugins: Iterable[str]) -> None:
        for name in plugins:
            self._kills[name] = 0

    async def _hop(
        self, slot: int, steps: int, function: Callable[..., Answer], *arguments: object
    ) -> Answer:
        self._progress.clear(slot)
        timeout = self._deadline + _SECONDS_PER_STEP * steps
        future = self._schedule(function, arguments, timeout)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError as late:
            raise _KilledError(self._progress.read(slot), "timeout") from late
        except ProcessExpired as death:
            raise _KilledError(self._progress.read(slot), "killed") from death

    def _schedule(
        self, function: Callable[..., Answer], arguments: tuple[object, ...], timeout: float
    ) -> "Future[Answer]":
        # the pool's threads, and the processes that they start, leave interrupts to this one; the
        # tracker is there first, because whoever starts it is open to interrupts afterwards
        ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            future: Future[Answer] = self._pool.schedule(function, args=arguments, timeout=timeout)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return future

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


class _Asked(NamedTuple):
    """A trace that waits for plugins; `alone` after a hop with others has killed its worker."""

    trace: bytes
    steps: int
    plugins: tuple[str, ...]
    answer: "asyncio.Future[dict[str, Packed]]"
    hurry: bool = True
    alone: bool = False


class _KilledError(Exception):
    def __init__(self, doing: Doing | None, why: str) -> None:
        super().__init__(f"{why}: {doing}")
        self.doing = doing
        self.why = why
