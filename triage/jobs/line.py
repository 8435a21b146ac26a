"""Takes traces through the stages one by one, and writes what many of them need at once."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.judging import Judging
from triage.pipeline.deciding import Considered, consider
from triage.pipeline.sources import Sources
from triage.pipeline.stored import decisions_on
from triage.store.run.findings import Answered, keep_findings, missing
from triage.store.run.stamps import Stamp, stamps_of
from triage.store.run.traces import Admission, Incoming, Stored, Taken, admit, stored_at

_LINGER_SECONDS: Final = 0.002
"""How long the first waiter waits for others: a commit for one costs as much as one for ten."""
_CROWD_SECONDS: Final = 0.016
"""The same at most, while fewer than half of those under way wait: there are more to come."""
_MOST: Final = 32
"""Traces that are decided in one transaction: others wait for it."""


class Labelled(NamedTuple):
    """A trace with its decisions, and the stamp by which a change shows."""

    considered: Considered
    stamp: Stamp


class Known(NamedTuple):
    """What the store has of a trace.

    Attributes:
        missing: Plugins that serve it and have not answered, or failed.
        labelled: What was decided; None before that.
    """

    stored: Stored
    missing: list[str]
    labelled: Labelled | None = None


@dataclass(slots=True)
class _Work:
    admit: list[tuple[Incoming, bool, asyncio.Future[Any]]] = field(default_factory=list)
    look: list[tuple[int, asyncio.Future[Any]]] = field(default_factory=list)
    decide: list[tuple[Stored, list[Answered], asyncio.Future[Any]]] = field(default_factory=list)

    def parts(self) -> list["_Work"]:
        """The same one by one, so that only what is amiss suffers."""
        return [
            *(_Work(admit=[one]) for one in self.admit),
            *(_Work(look=[one]) for one in self.look),
            *(_Work(decide=[one]) for one in self.decide),
        ]

    def waiters(self) -> list[asyncio.Future[Any]]:
        kinds = (self.admit, self.look, self.decide)
        return [one[-1] for part in kinds for one in part]


class Line:
    """The stages for single traces; use in one event loop, which is the only one to write here.

    Args:
        connection: Writes; nothing else may use it.
        judging: Tells which plugins have a judge to ask; None without a panel.
    """

    def __init__(
        self,
        connection: Connection,
        sources: Sources,
        settings: Settings,
        judging: Judging | None,
    ) -> None:
        self._connection = connection
        self._sources = sources
        self._settings = settings
        self._judging = judging
        self._work = _Work()
        self._writer: asyncio.Task[None] | None = None
        self._under_way: dict[int, asyncio.Task[Labelled]] = {}

    @property
    def busy(self) -> int:
        """How many traces are under way."""
        return len(self._under_way)

    async def admit(self, incoming: Incoming, *, revise: bool = False) -> Admission:
        """Store a trace, unless the store has it."""
        answer: asyncio.Future[Admission] = self._waiter()
        self._work.admit.append((incoming, revise, answer))
        return await answer

    async def look(self, key: int) -> Known | None:
        """What the store has of a trace; None if it was forgotten."""
        answer: asyncio.Future[Known | None] = self._waiter()
        self._work.look.append((key, answer))
        return await answer

    async def known(self, incoming: Incoming, admission: Admission) -> Known | None:
        """What the store has of a trace that was admitted just now."""
        if admission.key is None:
            return None
        if admission.taken is Taken.KNOWN:
            return await self.look(admission.key)
        trace = incoming.trace
        body = trace.model_dump_json(exclude_defaults=True).encode()
        stored = Stored(admission.key, len(trace.steps), trace.domain, body)
        return Known(stored, self._serving(trace.domain, self._sources.fingerprints))

    async def label(
        self, known: Known, judging: Judging | None, turn: asyncio.Semaphore | None = None
    ) -> Labelled:
        """Ask whoever has not answered yet about a trace, decide, and keep both.

        A trace that is under way is not asked about twice. Whoever stops waiting leaves it under
        way.

        Args:
            judging: Who pays for judges; None without a panel.
            turn: Held while worker processes are at work on it.
        """
        key = known.stored.key
        task = self._under_way.get(key)
        if task is None:
            if judging is None:
                task = asyncio.create_task(self._label(known, turn))
            else:
                with judging.active():
                    task = asyncio.create_task(self._label(known, turn))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up what is under way, and write what is to be written."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        while self._writer is not None:
            await self._writer

    def _serving(self, domain: str, plugins: Iterable[str]) -> list[str]:
        with nullcontext() if self._judging is None else self._judging.active():
            return self._sources.serving(domain, plugins)

    def _forget(self, key: int, done: asyncio.Task[Labelled]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # marks it as seen: all who waited may have left

    async def _label(self, known: Known, turn: asyncio.Semaphore | None) -> Labelled:
        answered = await self._sources.ask(known.stored, known.missing, turn)
        answer: asyncio.Future[Labelled] = self._waiter()
        self._work.decide.append((known.stored, answered, answer))
        return await answer

    def _waiter(self) -> asyncio.Future[Any]:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return asyncio.get_running_loop().create_future()

    async def _write(self) -> None:
        while True:
            await self._linger()
            work = self._next()
            if not work.waiters():
                break
            self._commit(work)
        self._writer = None  # at once: what is handed in from here on needs a new one

    async def _linger(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _CROWD_SECONDS
        await asyncio.sleep(_LINGER_SECONDS)
        while 0 < 2 * len(self._work.waiters()) < len(self._under_way) and loop.time() < until:
            await asyncio.sleep(_LINGER_SECONDS)

    def _next(self) -> _Work:
        work, self._work = self._work, _Work(decide=self._work.decide[_MOST:])
        del work.decide[_MOST:]
        return work

    def _commit(self, work: _Work) -> None:
        done: list[Callable[[], None]] = []
        try:
            with self._connection.begin():
                self._admit_all(work, done)
                self._decide_all(work, done)
                self._look_all(work, done)
        except Exception as error:  # noqa: BLE001 - the waiters get it, whatever it is
            parts = work.parts()
            if len(parts) > 1:
                for part in parts:
                    self._commit(part)
                return
            for waiter in work.waiters():
                _settle(waiter, error=error)
            return
        for tell in done:
            tell()

    def _admit_all(self, work: _Work, done: list[Callable[[], None]]) -> None:
        for revise in (False, True):
            these = [(one, waiter) for one, how, waiter in work.admit if how is revise]
            if these:
                told = admit(self._connection, [one for one, _ in these], revise=revise)
                waiters = [waiter for _, waiter in these]
                done += [_telling(*pair) for pair in zip(waiters, told, strict=True)]

    def _decide_all(self, work: _Work, done: list[Callable[[], None]]) -> None:
        if not work.decide:
            return
        answers = [answer for _, answered, _ in work.decide for answer in answered]
        if answers:
            keep_findings(self._connection, answers)
        traces = [stored for stored, _, _ in work.decide]
        told = consider(self._connection, traces, self._settings, cause="run")
        stamps = stamps_of(self._connection, [one.key for one in traces])
        for (stored, _, waiter), considered in zip(work.decide, told, strict=True):
            stamp = stamps.get(stored.key, Stamp(None, None))
            done.append(_telling(waiter, Labelled(considered, stamp)))

    def _look_all(self, work: _Work, done: list[Callable[[], None]]) -> None:
        keys = sorted({key for key, _ in work.look})
        if not keys:
            return
        there = {one.key: one for one in stored_at(self._connection, keys)}
        todo = missing(self._connection, list(there), self._sources.fingerprints)
        found = decisions_on(self._connection, list(there.values()), self._settings)
        stamps = stamps_of(self._connection, keys)
        known = {}
        for (key, one), considered in zip(there.items(), found, strict=True):
            stamp = stamps.get(key, Stamp(None, None))
            labelled = None if considered is None else Labelled(considered, stamp)
            known[key] = Known(one, self._serving(one.domain, todo[key]), labelled)
        done += [_telling(waiter, known.get(key)) for key, waiter in work.look]


def failures_of(considered: Considered) -> dict[str, str]:
    """The sources that failed on a trace, with the first reason of each."""
    failed: dict[str, str] = {}
    for failure in considered.findings.failures:
        failed.setdefault(failure.source, failure.why)
    return failed


def _telling(waiter: asyncio.Future[Any], value: object) -> Callable[[], None]:
    return lambda: _settle(waiter, value)


def _settle(
    waiter: asyncio.Future[Any], value: object = None, error: Exception | None = None
) -> None:
    if waiter.done():
        return  # whoever waited has left
    if error is None:
        waiter.set_result(value)
    else:
        waiter.set_exception(error)
