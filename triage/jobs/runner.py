"""Works on jobs: reads their input, has their traces labelled, and says how they ended."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import TriageError
from triage.jobs.ending import end_job
from triage.jobs.feeding import Feeding
from triage.jobs.line import Line
from triage.jobs.reading import read_job
from triage.judging import Judge, Judging
from triage.pipeline.deciding import consider
from triage.pipeline.judges import judging_with
from triage.pipeline.sources import Sources
from triage.pipeline.trials.reckoning import Reckoning
from triage.records.job import JobState, TraceState
from triage.store.database import writing
from triage.store.platforms.job_traces import Waiting, keys_after, queue_unfinished
from triage.store.platforms.jobs import (
    Work,
    advance,
    drop_upload,
    is_wanted,
    keep_estimate,
    work_to_do,
)
from triage.store.run.groups import siblings
from triage.store.run.traces import stored_at

_LOG: Final = logging.getLogger("triage.jobs")
_AT_ONCE: Final = 4
"""Jobs that are worked on side by side, so that a small one need not wait for a large one."""
_PAGE: Final = 200


class Runner:
    """Works on the jobs of a store; use in the event loop of the line.

    Args:
        panel: The judges; none without a panel.
        ended: Called when a job has ended.
    """

    def __init__(
        self,
        engine: Engine,
        line: Line,
        sources: Sources,
        settings: Settings,
        panel: tuple[Judge, ...],
        ended: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._line = line
        self._sources = sources
        self._settings = settings
        self._panel = panel
        self._ended = ended
        # enough to keep the worker processes busy; calls at the same time need not wait for more
        self._turn = asyncio.Semaphore(2 * settings.plugins.workers)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closing = False

    def look_for_work(self) -> None:
        """Begin with jobs that are new, or that were started again."""
        with self._engine.connect() as connection:
            found = work_to_do(connection)
        for work in found:
            if work.key not in self._tasks:
                self._tasks[work.key] = task = asyncio.create_task(self._take(work))
                task.add_done_callback(partial(self._leave, work.key))

    async def close(self) -> None:
        """Stop where it stands; another process goes on from there."""
        self._closing = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, key: int, _done: asyncio.Task[None]) -> None:
        del self._tasks[key]
        if not self._closing:
            self.look_for_work()  # it may have been started again before it was over

    async def _take(self, work: Work) -> None:
        async with self._places:
            try:
                await self._run(work)
            except TriageError as why:
                self._end(work, JobState.FAILED, str(why))
            except Exception as why:  # noqa: BLE001 - one job must not end the others
                # its message may quote what was sent
                _LOG.error("job", extra={"job": work.id, "why": type(why).__name__})
                self._end(work, JobState.FAILED, "a fault of the server's; its log says more")

    async def _run(self, work: Work) -> None:
        async with AsyncExitStack() as stack:
            judging = None
            if self._panel:
                limit = work.budget_usd
                paid = judging_with(
                    self._engine,
                    self._panel,
                    self._sources.helpers,
                    self._settings,
                    budget_usd=limit,
                    account=work.account,
                )
                judging = await stack.enter_async_context(paid)
            if not work.is_read and not await self._read(work, judging):
                return
            with writing(self._engine) as connection:
                queue_unfinished(connection, work.key)
            while self._advance(work, JobState.RUNNING) and self._has_rest(work):
                # more than once if it was cancelled and started again meanwhile
                await Feeding(self._engine, self._line, work, judging, self._turn).run()
                if judging is not None and judging.at_limit:
                    break
            if judging is not None and judging.at_limit:
                why = "the money limit is reached: start it again with a higher one"
                self._end(work, JobState.AT_LIMIT, why)
                return
        await self._settle_groups(work)
        self._end(work, JobState.DONE)

    async def _read(self, work: Work, judging: Judging | None) -> bool:
        """Take a job's traces in; whether it is to go on at once."""
        if not self._advance(work, JobState.READING):
            return False
        async for _count in read_job(self._engine, work, self._settings):
            await asyncio.sleep(0)
            with self._engine.connect() as connection:
                if not is_wanted(connection, work.key):
                    return False
        reckoning = None
        if judging is not None:
            reckoning = Reckoning(judging, self._sources.in_event_loop, self._settings)
            for page in self._pages(work):
                with self._engine.connect() as connection:
                    stored = stored_at(connection, [one.trace for one in page])
                for one in stored:
                    await reckoning.add([one.trace()])
                    await asyncio.sleep(0)
        with writing(self._engine) as connection:
            keep_estimate(connection, work.key, reckoning.total() if reckoning else ())
            drop_upload(connection, work.key)
            if work.hold:
                advance(connection, work.key, JobState.WAITING)
        return not work.hold

    async def _settle_groups(self, work: Work) -> None:
        """Decide anew where the other traces of a problem have a say, now that all have spoken."""
        for page in self._pages(work):
            with writing(self._engine) as connection:
                crowds = siblings(connection, [one.trace for one in page])
                together = [key for key, others in crowds.items() if others]
                if together:
                    stored = stored_at(connection, together)
                    consider(connection, stored, self._settings, cause="run")
            await asyncio.sleep(0)

    def _has_rest(self, work: Work) -> bool:
        with self._engine.connect() as connection:
            return bool(keys_after(connection, work.key, -1, 1, [TraceState.QUEUED]))

    def _pages(self, work: Work) -> Iterator[list[Waiting]]:
        after = -1
        while True:
            with self._engine.connect() as connection:
                page = keys_after(connection, work.key, after, _PAGE)
            if not page:
                return
            yield page
            after = page[-1].position

    def _advance(self, work: Work, state: JobState) -> bool:
        with writing(self._engine) as connection:
            return advance(connection, work.key, state)

    def _end(self, work: Work, state: JobState, why: str | None = None) -> None:
        with writing(self._engine) as connection:
            if is_wanted(connection, work.key):
                end_job(connection, work.key, work.id, state, why)
            drop_upload(connection, work.key)
        self._ended()
        _LOG.info("job", extra={"job": work.id, "state": state.value, "why": why})
