"""Lays steps before an expert at the desk, blind, under tokens that tell nothing."""

from typing import NamedTuple

from sqlalchemy import Connection

from triage.queue.items import Item, blind
from triage.store.experts import Expert
from triage.store.leases import lease_some
from triage.store.offers import offer
from triage.store.queue import Place, waiting_for
from triage.store.traces import trace_at


class Offered(NamedTuple):
    """A step that lies before an expert, with the name under which it is answered."""

    token: str
    item: Item


def offer_next(
    connection: Connection, expert: Expert, count: int, left: int | None = None
) -> list[Offered]:
    """Lay the next steps before an expert; those that lie there already come first, unchanged.

    Needs a writing transaction.

    Args:
        left: How many steps wait for the expert, where that is known; counted if None.
    """
    places = lease_some(connection, expert, count)
    if places and left is None:
        left = waiting_for(connection, expert)
    waiting = max(left or 0, len(places))
    return [lay(connection, place, expert, waiting - n) for n, place in enumerate(places)]


def lay(connection: Connection, place: Place, expert: Expert, left: int) -> Offered:
    """Put a step that an expert holds into the form in which it is shown."""
    token = offer(connection, place, expert.name)
    return Offered(token, blind(trace_at(connection, place.trace), place.step, left))
