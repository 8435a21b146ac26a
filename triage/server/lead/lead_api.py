"""What leads and platforms read: the queue with its reasons, flags, and a trace's decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from triage.export.decisions import decisions_of
from triage.pipeline.stored import decisions_on
from triage.records import Action, Decision
from triage.report import Report
from triage.report.tallies.workload import queue_figures
from triage.report.work_figures import QueueCount
from triage.server.accounts.signin import Person, require
from triage.server.http.house import InHouse
from triage.server.http.problems import Problem, said
from triage.server.lead.figures import InFigures
from triage.store.labelling import queue
from triage.store.labelling.gold_tasks import gold_flags
from triage.store.labelling.offers import all_flags
from triage.store.labelling.queue import State
from triage.store.people.accounts import Role
from triage.store.run.plugins import known_plugins
from triage.store.run.traces import find_traces

router = APIRouter(prefix="/api/v1", tags=["lead"])

Reader = Annotated[Person, Depends(require(Role.LEAD, Role.ADMIN, Role.PLATFORM))]
Limit = Annotated[int, Query(ge=1, le=1000)]


class QueueStats(BaseModel):
    """The queue in numbers."""

    counts: list[QueueCount]
    answered: dict[str, int]
    skipped: dict[str, int]


class QueueEntry(BaseModel):
    """One step of the queue."""

    trace_id: str
    step: int
    domain: str
    state: State
    reason: str | None
    priority: float
    skipped: int


class QueueEntries(BaseModel):
    """Steps of the queue in its order."""

    entries: list[QueueEntry]


class FlagTold(BaseModel):
    """What an expert finds wrong with a problem; `at` is in Unix seconds."""

    trace_id: str
    step: int
    expert: str
    what: str
    at: float


class Flags(BaseModel):
    """What experts find wrong with problems, newest first."""

    flags: list[FlagTold]


class TraceTold(BaseModel):
    """The latest decisions on a trace's steps, in the form of `triage run --out`."""

    trace_id: str
    decisions: list[Decision]


@router.get("/queue/stats", responses=said(401, 403, 429))
def stats(place: InHouse, _reader: Reader) -> QueueStats:
    """Count the queue by domain, reason and state, and the answers by expert."""
    with place.reading() as connection:
        found = queue_figures(connection)
    return QueueStats(
        counts=list(found.counts),
        answered={name: one.answered for name, one in found.experts.items() if one.answered},
        skipped={name: one.skipped for name, one in found.experts.items() if one.skipped},
    )


@router.get("/queue/entries", responses=said(401, 403, 422, 429))
def entries(
    place: InHouse,
    _reader: Reader,
    domain: str | None = None,
    reason: str | None = None,
    state: State | None = None,
    limit: Limit = 100,
) -> QueueEntries:
    """List the queue in its order, with reasons: not for those who label blind.

    Open steps of blind samples and audits are not told: nobody but the queue knows them.
    """
    with place.reading() as connection:
        found = queue.entries(
            connection, domain=domain, reason=reason, state=state, limit=limit, samples=False
        )
    return QueueEntries(entries=[QueueEntry(**one._asdict()) for one in found])


@router.get("/queue/flags", responses=said(401, 403, 422, 429))
def flags(place: InHouse, _reader: Reader, limit: Limit = 100) -> Flags:
    """List what experts find wrong with problems."""
    with place.reading() as connection:
        found = [*all_flags(connection, limit), *gold_flags(connection)]
    found = sorted(found, key=lambda one: -one.at)[:limit]
    return Flags(flags=[FlagTold(**one._asdict()) for one in found])


@router.get("/traces/{trace_id:path}", responses=said(401, 403, 404, 429))
def trace(place: InHouse, reader: Reader, trace_id: str) -> TraceTold:
    """Give the latest decisions on a trace, with all proposals behind them.

    To people, an open step of a blind sample or audit looks like what it was before the draw.
    """
    with place.reading() as connection:
        stored = find_traces(connection, [trace_id]).get(trace_id)
        one = decisions_on(connection, [stored], place.settings)[0] if stored else None
        if one is None:
            raise Problem(404, "not-found", "the store has no decisions on such a trace")
        told = decisions_of(*one, known_plugins(connection))
    if Role.PLATFORM not in reader.roles:
        told = map(undrawn, told)
    return TraceTold(trace_id=trace_id, decisions=list(told))


@router.get("/report", responses=said(401, 403, 429))
def report(_reader: Reader, kept: InFigures) -> Report:
    """Give all figures of the lead's pages and of `triage report`, as of a moment ago."""
    return kept.report()


def undrawn(one: Decision) -> Decision:
    """A decision as it was before a draw or an audit put the step before experts."""
    if one.decision is not Action.AUDIT:
        return one
    before = Action.HOLD if one.certificate is None else Action.ACCEPT
    return one.model_copy(update={"decision": before, "reasons": ()})
