"""Answers calls: a few traces, labelled while the caller waits."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson
from pydantic import TypeAdapter

from triage.configuration.settings import Settings
from triage.export.decisions import decisions_of
from triage.ingest import IngestOptions, Reject, read_row
from triage.jobs.frames import Call, Reply
from triage.jobs.line import Labelled, Line, failures_of
from triage.jobs.reading import refusal
from triage.judging import Judging
from triage.pipeline.sources import Sources
from triage.pipeline.stages import ingest_options
from triage.records import Decision
from triage.records.job import JobTrace, TraceState
from triage.store.run.stamps import Stamp
from triage.store.run.traces import Incoming

_MOST: Final = 1_000
"""Traces under way at which no call is taken any more."""
SOURCE: Final = "prelabel"
"""Where the store says that such traces come from."""


_ROWS: Final = TypeAdapter(list[Decision])
_TOLD: Final = TypeAdapter(list[JobTrace])


class BusyError(Exception):
    """Too many traces are under way."""


class Calls:
    """Answers calls on a line."""

    def __init__(
        self, line: Line, sources: Sources, settings: Settings, judging: Judging | None
    ) -> None:
        self._line = line
        self._infos = sources.infos
        self._options: IngestOptions = ingest_options(settings)
        self._judging = judging

    async def answer(self, body: bytes) -> Reply:
        """What is decided within the caller's time.

        Raises:
            BusyError: Try again later.
        """
        if self._line.busy > _MOST:
            raise BusyError
        call = Call(**orjson.loads(body))
        ids: dict[int, str] = {}
        tasks = [
            asyncio.ensure_future(self._one(at, row, ids, revise=call.revise))
            for at, row in enumerate(call.rows)
        ]
        tasks += [
            asyncio.ensure_future(self._again(at, key))
            for at, key in enumerate(call.keys, len(call.rows))
        ]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=call.seconds)
            for task in late:
                task.cancel()  # the work itself goes on
            await asyncio.gather(*late, return_exceptions=True)
        return _reply([_outcome(at, task, ids.get(at)) for at, task in enumerate(tasks)])

    async def _one(self, at: int, row: str, ids: dict[int, str], *, revise: bool) -> "_Outcome":
        item = read_row(row.encode(), self._options, SOURCE, at + 1)
        if isinstance(item, Reject):
            return _unlabelled(at, item.id, TraceState.REJECTED, item.reason, item.field)
        identity = ids[at] = item.trace.id
        incoming = Incoming(item.trace, item.content_hash, SOURCE)
        admission = await self._line.admit(incoming, revise=revise)
        if admission.key is None:
            why = refusal(admission.taken)
            return _unlabelled(at, identity, TraceState.REJECTED, why, "id")
        known = await self._line.known(incoming, admission)
        if known is None:
            return _unlabelled(at, identity, TraceState.FAILED, "it was forgotten")
        labelled = known.labelled
        if labelled is None or known.missing:
            labelled = await self._line.label(known, self._judging)
        return self._told(at, known.stored.key, labelled)

    async def _again(self, at: int, key: int) -> "_Outcome":
        known = await self._line.look(key)
        if known is None:
            return _unlabelled(at, None, TraceState.FAILED, "it was forgotten")
        return self._told(at, key, await self._line.label(known, self._judging))

    def _told(self, at: int, key: int, labelled: Labelled) -> "_Outcome":
        considered = labelled.considered
        failed = ", ".join(f"{who}: {why}" for who, why in failures_of(considered).items())
        state = TraceState.FAILED if failed else TraceState.DONE
        told = JobTrace(position=at, trace_id=considered.trace.id, state=state, why=failed or None)
        rows = _ROWS.dump_json(list(decisions_of(*considered, self._infos)), by_alias=True)
        return _Outcome(told, rows[1:-1], key, None if failed else labelled.stamp)


class _Outcome(NamedTuple):
    """What came of a trace; it has a stamp if that is final while the stamp is the same."""

    told: JobTrace
    rows: bytes = b""
    key: int = 0
    stamp: Stamp | None = None


def _reply(outcomes: Sequence[_Outcome]) -> Reply:
    rows = b",".join(one.rows for one in outcomes if one.rows)
    told = _TOLD.dump_json([one.told for one in outcomes])
    stamps = {one.key: one.stamp for one in outcomes if one.stamp not in (None, Stamp(None, None))}
    final = all(one.key in stamps for one in outcomes)
    body = b'{"decisions":[%b],"traces":%b}' % (rows, told)
    return Reply(body, stamps if final else {})


def _unlabelled(
    at: int, identity: str | None, state: TraceState, why: str, field: str | None = None
) -> _Outcome:
    return _Outcome(JobTrace(position=at, trace_id=identity, state=state, why=why, field=field))


def _outcome(at: int, task: "asyncio.Task[_Outcome]", identity: str | None) -> _Outcome:
    if task.cancelled():
        return _unlabelled(at, identity, TraceState.RUNNING, "it takes longer: ask again")
    return task.result()
