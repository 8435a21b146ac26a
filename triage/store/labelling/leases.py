"""Lays steps before experts, so that no two hold one step at the same time."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from triage.deciding.order import MEMORY, WINDOW, Waiting, choose
from triage.store.ahead import Ask, read, read_ahead
from triage.store.labelling import queue
from triage.store.labelling.queue import (
    NOW,
    Place,
    asked_by_index,
    free_for,
    open_to,
    untouched_by,
    waits,
)
from triage.store.people.experts import Expert
from triage.store.tables.schema import leases, offers, steps, traces

_APART: Final = 0.001
"""Seconds between the ends of leases taken together: they keep the order of the steps."""
_INTEGERS: Final = 2**31


def lease_some(
    connection: Connection, expert: Expert, count: int, now: float | None = None
) -> list[Place]:
    """Take some steps for an expert: those that lie there already, then those whose turn it is.

    Needs a writing transaction.

    Args:
        now: The time, where what `asks_steps` names for it was read ahead.
    """
    if now is None:
        now = time.time()
        read_ahead(connection, asks_steps(expert, now))
    held, lately, first = (read(connection, one) for one in asks_steps(expert, now))
    places = []
    for row in [row for row in held if row.open][:count]:
        places.append(Place(row.trace, row.step))
        if row.until < now + queue.LEASE_SECONDS / 2:
            claim(connection, places[-1], expert.name, later=len(places))
    seen = [row.group for row in lately]
    fresh = [row for row in first if Place(row.trace, row.step) not in places]
    while fresh and len(places) < count:
        wanted = _next_of(fresh, seen, count - len(places))
        claims = [
            _asks_claim(connection, place, expert.name, now, later)
            for later, place in enumerate(wanted, len(places))
        ]
        read_ahead(connection, [*claims, _asks_lying([*places, *wanted], expert.name)])
        # somebody may have taken one between our look and our grip: then the next one is tried
        places += [
            place for place, one in zip(wanted, claims, strict=True) if read(connection, one)
        ]
    return places


def asks_steps(expert: Expert, now: float) -> list[Ask]:
    """What `lease_some` reads first, at a time in Unix seconds."""
    # when somebody was admitted makes no other statement
    expert = expert._replace(added_at=0.0)
    return [
        Ask(_held(expert), {"now": now}),
        Ask(_LATELY, {"expert": expert.name}),
        Ask(_first(expert), {"now": now}),
    ]


def _next_of(fresh: list[Any], seen: list[str], count: int) -> list[Place]:
    """Take the steps whose turn it is from those that may be taken, one after the other."""
    found: list[Place] = []
    while fresh and len(found) < count:
        waiting = [Waiting(row.turn, row.group) for row in fresh]
        row = fresh.pop(choose(waiting, seen[:MEMORY]))
        found.append(Place(row.trace, row.step))
        seen.insert(0, row.group)
    return found


def claim(connection: Connection, place: Place, expert: str, *, later: int = 0) -> bool:
    """Lay a step before an expert unless it lies before another; false if it does.

    Needs a writing transaction.

    Args:
        later: How many steps lie before this one, in the expert's order.
    """
    return bool(read(connection, _asks_claim(connection, place, expert, time.time(), later)))


def _asks_claim(connection: Connection, place: Place, expert: str, now: float, later: int) -> Ask:
    until = now + queue.LEASE_SECONDS + later * _APART
    row = {**place._asdict(), "expert": expert, "until": until, "now": now}
    row["within"] = place.trace % _INTEGERS
    return Ask(_claim(connection.dialect.name), row)


def held_by(connection: Connection, expert: str) -> int:
    """How many steps lie before an expert now."""
    mine = select(func.count()).where(leases.c.expert == expert, leases.c.until > time.time())
    return connection.execute(mine).scalar_one()


class Lying(NamedTuple):
    """A step that may be shown to the expert who holds it.

    Attributes:
        token: The name under which it lies there; None if it has none yet.
        body: The JSON of its trace.
    """

    place: Place
    token: str | None
    body: bytes


def lying(connection: Connection, places: Sequence[Place], expert: str) -> list[Lying]:
    """Those of the places that still wait, in order: what was decided meanwhile is left out."""
    found = read(connection, _asks_lying(places, expert))
    rows = {Place(row.trace, row.step): row for row in found}
    return [Lying(one, rows[one].token, rows[one].body) for one in places if one in rows]


def _asks_lying(places: Sequence[Place], expert: str) -> Ask:
    return Ask(_lying(len(places)), _numbered(places) | {"me": expert})


class Hold(NamedTuple):
    """How a step stands that an expert says something of.

    Attributes:
        open: Whether it waits for this expert's answer.
        holder: Before whom it lies now.
    """

    open: bool
    holder: str | None


def hold_on(connection: Connection, place: Place, expert: Expert, now: float) -> Hold:
    """How a step stands at a time, in Unix seconds."""
    for row in read(connection, asks_hold(place, expert, now)):
        return Hold(row.open, row.holder)
    return Hold(open=False, holder=None)


def asks_hold(place: Place, expert: Expert, now: float) -> Ask:
    """What `hold_on` reads."""
    return Ask(_hold(expert), {**place._asdict(), "now": now})


@lru_cache(maxsize=1024)
def _held(expert: Expert) -> Select[Any]:
    mine = and_(
        leases.c.trace == steps.c.trace,
        leases.c.step == steps.c.step,
        leases.c.expert == expert.name,
        leases.c.until > NOW,
    )
    # told, not asked for: as a condition it leads PostgreSQL through the whole queue while it has
    # no statistics of a queue that was just filled
    return (
        select(steps.c.trace, steps.c.step, leases.c.until, open_to(expert).label("open"))
        .join(leases, mine)
        .order_by(leases.c.until, steps.c.trace, steps.c.step)
    )


@lru_cache(maxsize=1024)
def _first(expert: Expert) -> Select[Any]:
    """The first steps of the queue that an expert may take; each domain's in its index's order."""
    turn = (steps.c.turn, steps.c.trace, steps.c.step)
    of_domains = [
        select(*turn, traces.c.group)
        .join(traces, traces.c.key == steps.c.trace)
        .where(asked, untouched_by(expert.name), free_for(expert.name))
        .order_by(*turn)
        .limit(WINDOW)
        for asked in asked_by_index(expert) or [false()]
    ]
    if len(of_domains) == 1:
        return of_domains[0]
    every = union_all(*(select(one.subquery()) for one in of_domains)).subquery()
    return select(every).order_by(every.c.turn, every.c.trace, every.c.step).limit(WINDOW)


@lru_cache(maxsize=2)
def _claim(dialect: str) -> Any:
    row = select(*(bindparam(one.name, type_=one.type) for one in leases.c))
    if dialect == "postgresql":
        # who is about to take it too would be waited for, with whoever waits for them
        names = [cast(bindparam(name), Integer) for name in ("within", "step")]
        row = row.where(func.pg_try_advisory_xact_lock(*names))
    else:
        # a condition, without which SQLite reads ON CONFLICT as part of a join
        row = row.where(true())
    attempt = {"sqlite": sqlite, "postgresql": postgresql}[dialect].insert(leases)
    attempt = attempt.from_select(list(leases.c), row)
    return attempt.on_conflict_do_update(
        index_elements=[leases.c.trace, leases.c.step],
        set_={"expert": attempt.excluded.expert, "until": attempt.excluded.until},
        where=or_(leases.c.expert == attempt.excluded.expert, leases.c.until <= NOW),
    ).returning(leases.c.trace)


@lru_cache(maxsize=8)
def _lying(count: int) -> Select[Any]:
    mine = and_(
        offers.c.trace == steps.c.trace,
        offers.c.step == steps.c.step,
        offers.c.expert == bindparam("me"),
        offers.c.ended_at.is_(None),
    )
    at = [
        and_(steps.c.trace == bindparam(f"trace{n}"), steps.c.step == bindparam(f"step{n}"))
        for n in range(count)
    ]
    return (
        select(steps.c.trace, steps.c.step, offers.c.token, traces.c.body)
        .join(traces, and_(traces.c.key == steps.c.trace, traces.c.body.is_not(None)))
        .outerjoin(offers, mine)
        .where(or_(*at), waits())
    )


@lru_cache(maxsize=1024)
def _hold(expert: Expert) -> Select[Any]:
    now = and_(leases.c.trace == steps.c.trace, leases.c.step == steps.c.step, leases.c.until > NOW)
    return (
        select(open_to(expert).label("open"), leases.c.expert.label("holder"))
        .select_from(steps.outerjoin(leases, now))
        .where(steps.c.trace == bindparam("trace"), steps.c.step == bindparam("step"))
    )


_LATELY: Final = (
    select(traces.c.group)
    .join(offers, offers.c.trace == traces.c.key)
    .where(offers.c.expert == bindparam("expert"))
    .order_by(offers.c.made_at.desc())
    .limit(MEMORY)
)


def _numbered(places: Sequence[Place]) -> dict[str, Any]:
    return {
        f"{name}{n}": value
        for n, place in enumerate(places)
        for name, value in place._asdict().items()
    }
