"""Feeds the traces of a job that wait to the line, and notes what becomes of each."""

import asyncio
import logging
from typing import Final

from sqlalchemy import Engine

from triage.jobs.line import Line, failures_of
from triage.judging import Judging
from triage.records.job import TraceState
from triage.store.database import writing
from triage.store.platforms.job_traces import Mark, Waiting, keys_after, mark
from triage.store.platforms.jobs import Work, is_wanted

_LOG: Final = logging.getLogger("triage.jobs")
_IN_FLIGHT: Final = 64
"""Traces of a job that are under way at a time."""
_PAGE: Final = 200
_NOTE_SECONDS: Final = 0.5
"""How old the noted states of traces may be."""


class Feeding:
    """One pass over the traces of a job that wait.

    Args:
        judging: Who pays for judges; None without a panel.
        turn: Held while worker processes are at work on a trace.
    """

    def __init__(
        self,
        engine: Engine,
        line: Line,
        work: Work,
        judging: Judging | None,
        turn: asyncio.Semaphore,
    ) -> None:
        self._engine = engine
        self._line = line
        self._work = work
        self._judging = judging
        self._turn = turn
        self._places = asyncio.Semaphore(_IN_FLIGHT)
        self._marks: list[Mark] = []
        self._wanted = True

    async def run(self) -> None:
        """Feed until nothing waits, the job is cancelled, or its money is used up."""
        noting = asyncio.create_task(self._note_for_ever())
        try:
            await self._feed()
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            self._note()

    async def _feed(self) -> None:
        after = -1
        async with asyncio.TaskGroup() as group:
            while self._goes_on():
                with self._engine.connect() as connection:
                    page = keys_after(connection, self._work.key, after, _PAGE, [TraceState.QUEUED])
                if not page:
                    return
                for one in page:
                    await self._places.acquire()
                    if not self._goes_on():
                        self._places.release()
                        return
                    group.create_task(self._one(one))
                after = page[-1].position

    def _goes_on(self) -> bool:
        return self._wanted and not (self._judging is not None and self._judging.at_limit)

    async def _one(self, one: Waiting) -> None:
        self._marks.append(Mark(one.position, TraceState.RUNNING))
        try:
            became = await self._label(one)
        except Exception as why:  # noqa: BLE001 - one trace must not end its job
            # its message may quote what was sent
            said = {"job": self._work.id, "trace": one.trace, "why": type(why).__name__}
            _LOG.error("trace", extra=said)
            became = Mark(one.position, TraceState.FAILED, "a fault of the server's")
        finally:
            self._places.release()
        self._marks.append(became)

    async def _label(self, one: Waiting) -> Mark:
        known = await self._line.look(one.trace)
        if known is None:
            return Mark(one.position, TraceState.FAILED, "it was forgotten")
        labelled = await self._line.label(known, self._judging, self._turn)
        failed = failures_of(labelled.considered)
        if not failed:
            return Mark(one.position, TraceState.DONE)
        why = ", ".join(f"{source}: {why}" for source, why in failed.items())
        return Mark(one.position, TraceState.FAILED, why)

    async def _note_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_NOTE_SECONDS)
            self._note()
            with self._engine.connect() as connection:
                self._wanted = is_wanted(connection, self._work.key)

    def _note(self) -> None:
        marks, self._marks = self._marks, []
        if marks:
            with writing(self._engine) as connection:
                mark(connection, self._work.key, marks)
