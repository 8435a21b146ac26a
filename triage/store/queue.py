"""Keeps the experts' queue: what waits, for whom, before whom it lies now, and who passed on it."""

import time
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)

from triage.records import Action, ReasonCode
from triage.store.experts import EVERY_DOMAIN, Expert
from triage.store.schema import leases, skips, steps, traces
from triage.store.verdicts import standing

LEASE_SECONDS: Final = 1800.0
"""How long a step lies before one expert before others may get it."""

_FOR_EXPERTS: Final = (Action.ASK.value, Action.AUDIT.value)


class State(StrEnum):
    """How far a step of the queue is."""

    WAITING = "waiting"
    LEASED = "leased"
    """Lies before an expert now."""
    SPLIT = "split"
    """Experts differ: another expert or an adjudicator ends it."""
    SETTLED = "settled"


class Place(NamedTuple):
    """A step in the store."""

    trace: int
    step: int


class Entry(NamedTuple):
    """One step of the queue as a lead sees it, with its first reason."""

    trace_id: str
    step: int
    domain: str
    state: State
    reason: str | None
    priority: float
    skipped: int


class Count(NamedTuple):
    """How many steps of a domain wait for a reason in a state."""

    domain: str
    reason: str | None
    state: State
    steps: int


def lease(connection: Connection, place: Place, expert: str) -> None:
    """Lay a step before an expert, whoever had it before. Needs a writing transaction."""
    release(connection, place)
    connection.execute(
        insert(leases),
        {**place._asdict(), "expert": expert, "until": time.time() + LEASE_SECONDS},
    )


def splits_for(connection: Connection, expert: Expert, limit: int) -> list[Place]:
    """The most urgent steps on which experts differ, less those where the expert is a party."""
    query = (
        select(steps.c.trace, steps.c.step)
        .where(open_to(expert), _state(time.time()) == State.SPLIT.value)
        .order_by(steps.c.priority.desc(), steps.c.trace, steps.c.step)
        .limit(limit)
    )
    return [Place(*row) for row in connection.execute(query)]


def release(connection: Connection, place: Place) -> None:
    """End the lease on a step, if any."""
    connection.execute(delete(leases).where(_at(leases, place)))


def skip(connection: Connection, place: Place, expert: str, reason: str) -> None:
    """Note that an expert passes on a step. Needs a writing transaction."""
    unskip(connection, place, expert)
    connection.execute(
        insert(skips), {**place._asdict(), "expert": expert, "reason": reason, "at": time.time()}
    )
    release(connection, place)


def unskip(connection: Connection, place: Place, expert: str) -> None:
    """Put a step before an expert again who had passed on it."""
    connection.execute(delete(skips).where(_at(skips, place), skips.c.expert == expert))


def waiting_for(connection: Connection, expert: Expert) -> int:
    """How many steps an expert could answer now."""
    query = select(func.count()).select_from(steps)
    free = query.where(open_to(expert), free_for(expert.name, time.time()))
    return connection.execute(free).scalar_one()


def entries(
    connection: Connection,
    *,
    domain: str | None = None,
    reason: str | None = None,
    state: State | None = None,
    limit: int | None = None,
    samples: bool = True,
) -> list[Entry]:
    """The queue in its order, for a lead.

    Args:
        samples: Whether open steps of blind samples and audits are among them: who works with
            the desk may not learn which those are.
    """
    skipped = select(func.count()).where(_same(skips)).scalar_subquery()
    at = _state(time.time())
    query = (
        select(
            traces.c.id, steps.c.step, steps.c.domain, at, steps.c.reason, steps.c.priority, skipped
        )
        .join(traces, traces.c.key == steps.c.trace)
        .where(_in_queue())
        .order_by(steps.c.settled, steps.c.priority.desc(), steps.c.trace, steps.c.step)
        .limit(limit)
    )
    if not samples:
        query = query.where(or_(steps.c.settled, steps.c.action != Action.AUDIT.value))
    for column, wanted in ((steps.c.domain, domain), (steps.c.reason, reason), (at, state)):
        if wanted is not None:
            query = query.where(column == wanted)
    return [
        Entry(row[0], row[1], row[2], State(row[3]), *row[4:]) for row in connection.execute(query)
    ]


def counts(connection: Connection) -> list[Count]:
    """How many steps there are by domain, first reason and state."""
    at = _state(time.time()).label("at")
    query = (
        select(steps.c.domain, steps.c.reason, at, func.count())
        .where(_in_queue())
        .group_by(steps.c.domain, steps.c.reason, "at")
        .order_by(steps.c.domain, steps.c.reason, "at")
    )
    rows = connection.execute(query)
    return [Count(domain, reason, State(state), n) for domain, reason, state, n in rows]


def answered_by(connection: Connection) -> dict[str, int]:
    """How many standing verdicts each expert has given."""
    said = standing().subquery()
    query = select(said.c.expert, func.count()).group_by(said.c.expert).order_by(said.c.expert)
    return {row[0]: row[1] for row in connection.execute(query)}


def skipped_by(connection: Connection) -> dict[str, int]:
    """How many steps each expert has passed on."""
    query = select(skips.c.expert, func.count()).group_by(skips.c.expert).order_by(skips.c.expert)
    return {row[0]: row[1] for row in connection.execute(query)}


@lru_cache(maxsize=1024)
def open_to(expert: Expert) -> ColumnElement[bool]:
    """Unsettled steps of the expert's domains that the expert has neither answered nor skipped."""
    said = standing().subquery()
    answered = select(literal(1)).where(
        said.c.trace == steps.c.trace, said.c.step == steps.c.step, said.c.expert == expert.name
    )
    passed = select(literal(1)).where(_same(skips), skips.c.expert == expert.name)
    return and_(asked_of(expert), _newest(), ~answered.exists(), ~passed.exists())


def asked_of(expert: Expert) -> ColumnElement[bool]:
    """Unsettled steps of the expert's domains, but for those that are closed to the expert."""
    wanted = and_(steps.c.settled.is_(False), steps.c.action.in_(_FOR_EXPERTS))
    if expert.closed:
        wanted = and_(wanted, steps.c.domain.not_in(expert.closed))
    if EVERY_DOMAIN in expert.credentials:
        return wanted
    return and_(wanted, steps.c.domain.in_(expert.credentials))


def free_for(expert: str, now: float) -> ColumnElement[bool]:
    """Steps that lie before no other expert."""
    taken = select(literal(1)).where(_same(leases), leases.c.until > now, leases.c.expert != expert)
    return ~taken.exists()


def _in_queue() -> ColumnElement[bool]:
    return and_(_newest(), or_(steps.c.settled, steps.c.action.in_(_FOR_EXPERTS)))


def _newest() -> ColumnElement[bool]:
    """Of a trace that was revised only the newest revision is asked about."""
    this, later = traces.alias(), traces.alias()
    newer: Select[Any] = (
        select(literal(1))
        .select_from(this.join(later, and_(later.c.id == this.c.id, later.c.key > this.c.key)))
        .where(this.c.key == steps.c.trace)
    )
    return ~newer.exists()


def _state(now: float) -> ColumnElement[str]:
    said = standing().subquery()
    answered = select(literal(1)).where(said.c.trace == steps.c.trace, said.c.step == steps.c.step)
    leased = select(literal(1)).where(_same(leases), leases.c.until > now)
    return case(
        (steps.c.settled, State.SETTLED.value),
        (leased.exists(), State.LEASED.value),
        # a step of the blind sample may wait for a second label without any dispute
        (
            and_(answered.exists(), or_(steps.c.action != Action.AUDIT.value, _SPLIT)),
            State.SPLIT.value,
        ),
        else_=State.WAITING.value,
    )


_SPLIT: Final = steps.c.reason == ReasonCode.EXPERTS_SPLIT.value


def _same(table: Any) -> ColumnElement[bool]:
    return and_(table.c.trace == steps.c.trace, table.c.step == steps.c.step)


def _at(table: Any, place: Place) -> ColumnElement[bool]:
    return and_(table.c.trace == place.trace, table.c.step == place.step)
