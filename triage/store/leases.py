"""Lays steps before experts, so that no two hold one step at the same time."""

import time
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from triage.store import queue
from triage.store.experts import Expert
from triage.store.queue import Place, asked_of, free_for, lease, open_to
from triage.store.schema import leases, steps

_WINDOW: Final = 256
_URGENCY: Final = (steps.c.priority.desc(), steps.c.trace, steps.c.step)


def lease_next(connection: Connection, expert: Expert) -> Place | None:
    """Take the most urgent step that an expert may see, for some time. Needs a writing transaction.

    An expert who asks again without having answered gets the same step again.
    """
    return next(iter(lease_some(connection, expert, 1)), None)


def lease_some(connection: Connection, expert: Expert, count: int) -> list[Place]:
    """Take some steps for an expert: those that lie there already, then the most urgent ones.

    Needs a writing transaction.
    """
    now = time.time()
    mine = and_(
        leases.c.trace == steps.c.trace,
        leases.c.step == steps.c.step,
        leases.c.expert == expert.name,
        leases.c.until > now,
    )
    held = (
        select(steps.c.trace, steps.c.step, leases.c.until)
        .join(leases, mine)
        .where(open_to(expert))
        .order_by(leases.c.until, steps.c.trace, steps.c.step)
        .limit(count)
    )
    places = []
    for trace, step, until in connection.execute(held):
        places.append(Place(trace, step))
        if until < now + queue.LEASE_SECONDS / 2:
            lease(connection, places[-1], expert.name)
    window = 0
    while len(places) < count:
        found = _free(connection, expert, places, count - len(places), window)
        if found:
            # somebody may have taken a step between our look and our grip: then we look again
            places += [place for place in found if claim(connection, place, expert.name)]
        elif _is_full(connection, expert, window):
            window += 1
        else:
            break
    return places


def claim(connection: Connection, place: Place, expert: str) -> bool:
    """Lay a step before an expert unless it lies before another; false if it does.

    Needs a writing transaction.
    """
    now = time.time()
    row = {**place._asdict(), "expert": expert, "until": now + queue.LEASE_SECONDS}
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    attempt = dialect.insert(leases).values(row)
    attempt = attempt.on_conflict_do_update(
        index_elements=[leases.c.trace, leases.c.step],
        set_={"expert": attempt.excluded.expert, "until": attempt.excluded.until},
        where=or_(leases.c.expert == expert, leases.c.until <= now),
    )
    return connection.execute(attempt.returning(leases.c.trace)).first() is not None


def holds(connection: Connection, place: Place, expert: str) -> bool:
    """Whether a step lies before an expert now."""
    query = select(leases.c.until).where(_of(leases, place), leases.c.expert == expert)
    until = connection.execute(query).scalar()
    return until is not None and until > time.time()


def held_by(connection: Connection, expert: str) -> int:
    """How many steps lie before an expert now."""
    mine = select(func.count()).where(leases.c.expert == expert, leases.c.until > time.time())
    return connection.execute(mine).scalar_one()


def is_open(connection: Connection, place: Place, expert: Expert) -> bool:
    """Whether a step still waits for an expert's answer. Needs a writing transaction.

    It stays as it is until the transaction ends.
    """
    query = select(steps.c.step).where(_of(steps, place), open_to(expert))
    return connection.execute(query.with_for_update(of=steps)).first() is not None


def _free(
    connection: Connection, expert: Expert, but: list[Place], count: int, window: int
) -> list[Place]:
    """The most urgent steps of a window that an expert may take, locked against others."""
    among = _window(expert, window)
    query = (
        select(steps.c.trace, steps.c.step)
        .join(among, and_(among.c.trace == steps.c.trace, among.c.step == steps.c.step))
        .where(open_to(expert), free_for(expert.name, time.time()))
        .order_by(*_URGENCY)
        .limit(count)
        .with_for_update(skip_locked=True, of=steps)
    )
    if but:
        query = query.where(tuple_(steps.c.trace, steps.c.step).not_in(but))
    return [Place(*row) for row in connection.execute(query)]


def _is_full(connection: Connection, expert: Expert, window: int) -> bool:
    query = select(func.count()).select_from(_window(expert, window))
    return connection.execute(query).scalar_one() == _WINDOW


def _window(expert: Expert, number: int) -> Subquery:
    """A stretch of the queue: asking who had a step is dear, so it is asked of few steps."""
    return (
        select(steps.c.trace, steps.c.step)
        .where(asked_of(expert))
        .order_by(*_URGENCY)
        .limit(_WINDOW)
        .offset(number * _WINDOW)
        .subquery()
    )


def _of(table: Any, place: Place) -> ColumnElement[bool]:
    return and_(table.c.trace == place.trace, table.c.step == place.step)
