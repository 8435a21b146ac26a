"""Lays steps before experts, so that no two hold one step at the same time."""

import time
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from triage.store import queue
from triage.store.experts import Expert
from triage.store.queue import Place, free_for, lease, open_to
from triage.store.schema import leases, steps


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
        select(steps.c.trace, steps.c.step)
        .join(leases, mine)
        .where(open_to(expert))
        .order_by(leases.c.until, steps.c.trace, steps.c.step)
        .limit(count)
    )
    places = [Place(*row) for row in connection.execute(held)]
    for place in places:
        lease(connection, place, expert.name)
    free = (
        select(steps.c.trace, steps.c.step)
        .where(open_to(expert), free_for(expert.name, now))
        .order_by(steps.c.priority.desc(), steps.c.trace, steps.c.step)
        .with_for_update(skip_locked=True, of=steps)
    )
    while len(places) < count:
        others = free.where(tuple_(steps.c.trace, steps.c.step).not_in(places)) if places else free
        found = [Place(*row) for row in connection.execute(others.limit(count - len(places)))]
        if not found:
            break
        # somebody may have taken a step between our look and our grip: then the look is repeated
        places += [place for place in found if claim(connection, place, expert.name)]
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


def is_open(connection: Connection, place: Place, expert: Expert) -> bool:
    """Whether a step still waits for an expert's answer. Needs a writing transaction.

    It stays as it is until the transaction ends.
    """
    query = select(steps.c.step).where(_of(steps, place), open_to(expert))
    return connection.execute(query.with_for_update(of=steps)).first() is not None


def _of(table: Any, place: Place) -> ColumnElement[bool]:
    return and_(table.c.trace == place.trace, table.c.step == place.step)
