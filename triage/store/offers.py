"""Keeps which steps the desk laid before whom, under names that tell nothing of the step."""

import secrets
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from triage.store.queue import Place
from triage.store.schema import flags, offers, traces


class Offer(NamedTuple):
    """A step that was laid before an expert.

    Attributes:
        token: 128 random bits; the same for as long as the step lies there.
        answer_id: The answer that was given to it.
        ended_at: When it was answered, passed on or lost; Unix seconds.
        revealed_at: When the expert saw what the machine says of the step.
    """

    token: str
    place: Place
    expert: str
    answer_id: str | None
    ended_at: float | None
    revealed_at: float | None


def offer(connection: Connection, place: Place, expert: str) -> str:
    """The token under which a step lies before an expert. Needs a writing transaction."""
    query = select(offers.c.token).where(_of(place, expert), offers.c.ended_at.is_(None))
    known = connection.execute(query).scalar()
    if known is not None:
        return str(known)
    token = secrets.token_urlsafe(16)
    row = {**place._asdict(), "token": token, "expert": expert, "made_at": time.time()}
    connection.execute(insert(offers), row)
    return token


def made_at(connection: Connection, tokens: Collection[str]) -> dict[str, float]:
    """When steps were laid before experts, by token; Unix seconds."""
    query = select(offers.c.token, offers.c.made_at).where(offers.c.token.in_(tokens))
    return {row.token: row.made_at for row in connection.execute(query)}


def find_offer(connection: Connection, token: str, expert: str) -> Offer | None:
    """The offer of a token; None unless it was made to this expert."""
    return _find(connection, and_(offers.c.token == token, offers.c.expert == expert))


def offer_of(connection: Connection, answer_id: str, expert: str) -> Offer | None:
    """The offer that an answer was given to; None unless it is this expert's."""
    return _find(connection, and_(offers.c.answer_id == answer_id, offers.c.expert == expert))


def end_offer(connection: Connection, token: str, answer_id: str | None = None) -> None:
    """Note that a step does not lie before the expert any more, and with which answer."""
    connection.execute(
        update(offers)
        .where(offers.c.token == token)
        .values(ended_at=time.time(), answer_id=answer_id)
    )


def note_reveal(connection: Connection, token: str) -> None:
    """Note that the expert has seen what the machine says of the step."""
    connection.execute(
        update(offers).where(offers.c.token == token).values(revealed_at=time.time())
    )


def was_revealed(connection: Connection, place: Place, expert: str) -> bool:
    """Whether an expert has ever seen what the machine says of a step."""
    query = select(offers.c.token).where(_of(place, expert), offers.c.revealed_at.is_not(None))
    return connection.execute(query.limit(1)).first() is not None


def revealed_on(connection: Connection, keys: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """For each of some traces, the steps on which experts have seen what the machine says."""
    query = select(offers.c.trace, offers.c.step, offers.c.expert).where(
        offers.c.trace.in_(keys), offers.c.revealed_at.is_not(None)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for trace, step, expert in connection.execute(query.distinct()):
        found.setdefault(trace, []).append((step, expert))
    return found


def flag(connection: Connection, place: Place, expert: str, what: str) -> None:
    """Note what an expert finds wrong with a problem; a later note replaces the earlier.

    Needs a writing transaction.
    """
    mine = and_(flags.c.trace == place.trace, flags.c.step == place.step, flags.c.expert == expert)
    connection.execute(delete(flags).where(mine))
    row = {**place._asdict(), "expert": expert, "what": what, "at": time.time()}
    connection.execute(insert(flags), row)


class Flag(NamedTuple):
    """What an expert finds wrong with a problem; `at` is in Unix seconds."""

    trace_id: str
    step: int
    expert: str
    what: str
    at: float


def all_flags(connection: Connection, limit: int) -> list[Flag]:
    """What experts found wrong with problems, newest first."""
    query = (
        select(traces.c.id, flags.c.step, flags.c.expert, flags.c.what, flags.c.at)
        .join(traces, traces.c.key == flags.c.trace)
        .order_by(flags.c.at.desc(), flags.c.trace, flags.c.step)
        .limit(limit)
    )
    return [Flag(*row) for row in connection.execute(query)]


def _find(connection: Connection, which: ColumnElement[bool]) -> Offer | None:
    row: Any = connection.execute(select(offers).where(which)).first()
    if row is None:
        return None
    place = Place(row.trace, row.step)
    return Offer(row.token, place, row.expert, row.answer_id, row.ended_at, row.revealed_at)


def _of(place: Place, expert: str) -> ColumnElement[bool]:
    return and_(
        offers.c.trace == place.trace, offers.c.step == place.step, offers.c.expert == expert
    )
