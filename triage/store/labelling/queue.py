"""Keeps the experts' queue: what waits, for whom, before whom it lies now, and who passed on it."""

import time
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)

from triage.records import Action, ReasonCode
from triage.store.labelling.verdicts import standing, stands
from triage.store.later import write_later
from triage.store.people.experts import EVERY_DOMAIN, Expert
from triage.store.tables.schema import leases, skips, steps, traces, verdicts

LEASE_SECONDS: Final = 1800.0
"""How long a step lies before one expert before others may get it."""

MANY: Final = 1000
"""What a count of waiting steps ends at: more than a sitting, and a count is to take no time."""

NOW: Final = bindparam("now", type_=Float)

_FOR_EXPERTS: Final = (Action.ASK.value, Action.AUDIT.value)
_WORDS: Final = [literal_column(f"'{word}'", String) for word in _FOR_EXPERTS]


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


def splits_for(connection: Connection, expert: Expert, limit: int) -> list[Place]:
    """The most urgent steps on which experts differ, less those where the expert is a party."""
    as_expert = expert._replace(adjudicates=False)
    query = (
        select(steps.c.trace, steps.c.step)
        .where(open_to(as_expert), _state(time.time()) == State.SPLIT.value)
        .order_by(steps.c.turn, steps.c.trace, steps.c.step)
        .limit(limit)
    )
    return [Place(*row) for row in connection.execute(query)]


def release(connection: Connection, place: Place, expert: str | None = None) -> None:
    """End the lease on a step, if any; only that of one expert, where one is named."""
    ended = _RELEASE if expert is None else _RELEASE.where(leases.c.expert == expert)
    write_later(connection, ended, {"of": place.trace, "at": place.step})


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
    """How many steps an expert could answer now; they are counted up to MANY."""
    return int(connection.execute(_count(expert), {"now": time.time()}).scalar_one())


@lru_cache(maxsize=1024)
def _count(expert: Expert) -> Select[Any]:
    free = select(literal(1)).where(open_to(expert), free_for(expert.name)).limit(MANY)
    return select(func.count()).select_from(free.subquery())


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
        .order_by(steps.c.settled, steps.c.turn, steps.c.trace, steps.c.step)
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
    return and_(asked_of(expert), untouched_by(expert.name))


def asked_of(expert: Expert) -> ColumnElement[bool]:
    """Unsettled steps of the expert's domains, but for those that are closed to the expert."""
    return or_(false(), *asked_by_index(expert))


def asked_by_index(expert: Expert) -> list[ColumnElement[bool]]:
    """The same as conditions that exclude each other, each served by one index in queue order."""
    # who is to end a split sees both sides of it, and can't label the step blind any more
    asked = and_(waits(), ~_is_split()) if expert.adjudicates else waits()
    if EVERY_DOMAIN in expert.credentials:
        return [and_(asked, steps.c.domain.not_in(expert.closed)) if expert.closed else asked]
    domains = sorted(set(expert.credentials) - set(expert.closed))
    return [and_(asked, steps.c.domain == domain) for domain in domains]


def untouched_by(name: str) -> ColumnElement[bool]:
    """Steps of a newest revision that an expert has neither answered nor skipped."""
    here = and_(verdicts.c.trace == steps.c.trace, verdicts.c.step == steps.c.step)
    answered = select(literal(1)).where(here, verdicts.c.expert == name, stands())
    passed = select(literal(1)).where(_same(skips), skips.c.expert == name)
    return and_(_newest(), ~answered.exists(), ~passed.exists())


def waits() -> ColumnElement[bool]:
    """Steps that experts are asked about, in the words of the indexes on them."""
    return and_(~steps.c.settled, steps.c.action.in_(_WORDS))


def free_for(expert: str) -> ColumnElement[bool]:
    """Steps that lie before no other expert at the time `NOW`."""
    taken = select(literal(1)).where(_same(leases), leases.c.until > NOW, leases.c.expert != expert)
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


def _is_split() -> ColumnElement[bool]:
    """Unsettled steps on which experts differ."""
    said = standing().subquery()
    answered = select(literal(1)).where(said.c.trace == steps.c.trace, said.c.step == steps.c.step)
    # a step of the blind sample may wait for a second label without any dispute
    return and_(answered.exists(), or_(steps.c.action != Action.AUDIT.value, _SPLIT))


def _state(now: float) -> ColumnElement[str]:
    leased = select(literal(1)).where(_same(leases), leases.c.until > now)
    return case(
        (steps.c.settled, State.SETTLED.value),
        (leased.exists(), State.LEASED.value),
        (_is_split(), State.SPLIT.value),
        else_=State.WAITING.value,
    )


_RELEASE: Final = delete(leases).where(
    leases.c.trace == bindparam("of"), leases.c.step == bindparam("at")
)
_SPLIT: Final = steps.c.reason == ReasonCode.EXPERTS_SPLIT.value


def _same(table: Any) -> ColumnElement[bool]:
    return and_(table.c.trace == steps.c.trace, table.c.step == steps.c.step)


def _at(table: Any, place: Place) -> ColumnElement[bool]:
    return and_(table.c.trace == place.trace, table.c.step == place.step)
