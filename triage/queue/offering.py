"""Lays steps before experts at the desk, blind, under tokens that tell nothing."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from triage.queue.items import Item, blind
from triage.store.labelling.leases import lease_some, lying
from triage.store.labelling.offers import offer
from triage.store.labelling.queue import Place, waiting_for
from triage.store.people.experts import Expert
from triage.store.run.traces import read_trace


class Offered(NamedTuple):
    """A step that lies before an expert, with the name under which it is answered."""

    token: str
    item: Item


def offer_next(
    connection: Connection,
    expert: Expert,
    count: int,
    left: int | None = None,
    now: float | None = None,
) -> list[Offered]:
    """Lay the next steps before an expert; those that lie there already come first, unchanged.

    Needs a writing transaction.

    Args:
        left: How many steps wait for the expert, where that is known; counted if None.
        now: The time, where what `asks_steps` names for it was read ahead.
    """
    places = lease_some(connection, expert, count, now)
    if places and left is None:
        left = waiting_for(connection, expert)
    return lay(connection, places, expert, max(left or 0, len(places)))


def lay(
    connection: Connection, places: Sequence[Place], expert: Expert, left: int
) -> list[Offered]:
    """Put steps that an expert holds into the form in which they are shown.

    Those that were decided since are left out. Needs a writing transaction.
    """
    return [
        Offered(
            one.token or offer(connection, one.place, expert.name),
            blind(read_trace(one.body), one.place.step, left - number),
        )
        for number, one in enumerate(lying(connection, places, expert.name) if places else [])
    ]
