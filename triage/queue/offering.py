"""Lays steps before an expert at the desk, blind, under tokens that tell nothing."""

from typing import NamedTuple

from sqlalchemy import Connection

from triage.queue.items import Item, blind, known_expert
from triage.store.experts import Expert
from triage.store.leases import lease_some
from triage.store.offers import offer
from triage.store.queue import Place, waiting_for
from triage.store.traces import trace_at


class Offered(NamedTuple):
    """A step that lies before an expert, with the name under which it is answered."""

    token: str
    item: Item


def offer_next(connection: Connection, name: str, count: int) -> list[Offered]:
    """Lay the next steps before an expert; those that lie there already come first, unchanged.

    Needs a writing transaction.

    Raises:
        UsageError: The expert is not known, or was revoked.
    """
    expert = known_expert(connection, name)
    places = lease_some(connection, expert, count)
    left = waiting_for(connection, expert) if places else 0
    return [lay(connection, place, expert, left - number) for number, place in enumerate(places)]


def lay(connection: Connection, place: Place, expert: Expert, left: int) -> Offered:
    """Put a step that an expert holds into the form in which it is shown."""
    token = offer(connection, place, expert.name)
    return Offered(token, blind(trace_at(connection, place.trace), place.step, left))
