"""What leads and platforms read: the queue with its reasons, flags, and a trace's decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from triage.export.decisions import decisions_of
from triage.pipeline.stored import decisions_on
from triage.records import Decision
from triage.server.house import InHouse
from triage.server.problems import Problem, said
from triage.server.signin import Person, require
from triage.store import queue
from triage.store.accounts import Role
from triage.store.gold_tasks import gold_flags
from triage.store.offers import all_flags
from triage.store.plugins import known_plugins
from triage.store.queue import State
from triage.store.traces import find_traces

router = APIRouter(prefix="/api/v1", tags=["lead"])

Reader = Annotated[Person, Depends(require(Role.LEAD, Role.ADMIN, Role.PLATFORM))]
Limit = Annotated[int, Query(ge=1, le=1000)]


class QueueCount(BaseModel):
    """How many steps of a domain are in a state for a reason."""

    domain: str
    reason: str | None
    state: State
    steps: int


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
        counts = [QueueCount(**one._asdict()) for one in queue.counts(connection)]
        return QueueStats(
            counts=counts,
            answered=queue.answered_by(connection),
            skipped=queue.skipped_by(connection),
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
    """List the queue in its order, with reasons: not for those who label blind."""
    with place.reading() as connection:
        found = queue.entries(connection, domain=domain, reason=reason, state=state, limit=limit)
    return QueueEntries(entries=[QueueEntry(**one._asdict()) for one in found])


@router.get("/queue/flags", responses=said(401, 403, 422, 429))
def flags(place: InHouse, _reader: Reader, limit: Limit = 100) -> Flags:
    """List what experts find wrong with problems."""
    with place.reading() as connection:
        found = [*all_flags(connection, limit), *gold_flags(connection)]
    found = sorted(found, key=lambda one: -one.at)[:limit]
    return Flags(flags=[FlagTold(**one._asdict()) for one in found])


@router.get("/traces/{trace_id:path}", responses=said(401, 403, 404, 429))
def trace(place: InHouse, _reader: Reader, trace_id: str) -> TraceTold:
    """Give the latest decisions on a trace, with all proposals behind them."""
    with place.reading() as connection:
        stored = find_traces(connection, [trace_id]).get(trace_id)
        one = decisions_on(connection, [stored], place.settings)[0] if stored else None
        if one is None:
            raise Problem(404, "not-found", "the store has no decisions on such a trace")
        told = decisions_of(*one, known_plugins(connection))
        return TraceTold(trace_id=trace_id, decisions=list(told))
