"""Keeps which steps the desk laid before whom, under names that tell nothing of the step."""

import secrets
import time
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, insert, literal, select, update

from triage.store.ahead import Ask, read
from triage.store.labelling.queue import Place
from triage.store.later import write_later
from triage.store.tables.schema import flags, offers, traces


class Offer(NamedTuple):
    """A step that was laid before an expert.

    Attributes:
        token: 128 random bits; the same for as long as the step lies there.
        trace_id: The trace's own id.
        answer_id: The answer that was given to it.
        ended_at: When it was answered, passed on or lost; Unix seconds.
        revealed_at: When the expert saw what the machine says of the step.
        revealed: Whether the expert saw that under this or another token.
    """

    token: str
    place: Place
    trace_id: str
    expert: str
    answer_id: str | None
    ended_at: float | None
    revealed_at: float | None
    revealed: bool


def offer(connection: Connection, place: Place, expert: str) -> str:
    """Make the token under which a step lies before an expert. Needs a writing transaction."""
    token = secrets.token_urlsafe(16)
    row = {**place._asdict(), "token": token, "expert": expert, "made_at": time.time()}
    write_later(connection, _INSERT, row)
    return token


def made_at(connection: Connection, tokens: Collection[str]) -> dict[str, float]:
    """When steps were laid before experts, by token; Unix seconds."""
    query = select(offers.c.token, offers.c.made_at).where(offers.c.token.in_(tokens))
    return {row.token: row.made_at for row in connection.execute(query)}


def find_offer(connection: Connection, token: str, expert: str) -> Offer | None:
    """The offer of a token; None unless it was made to this expert."""
    for row in read(connection, asks_offer(token, expert)):
        return _offer(row)
    return None


def asks_offer(token: str, expert: str) -> Ask:
    """What `find_offer` reads."""
    return Ask(_BY_TOKEN, {"name": token, "expert": expert})


def offer_of(connection: Connection, answer_id: str, expert: str) -> Offer | None:
    """The offer that an answer was given to; None unless it is this expert's."""
    row = connection.execute(_BY_ANSWER, {"name": answer_id, "expert": expert}).first()
    return None if row is None else _offer(row)


def end_offer(connection: Connection, token: str, answer_id: str | None = None) -> None:
    """Note that a step does not lie before the expert any more, and with which answer."""
    given = {"name": token, "ended_at": time.time(), "answer_id": answer_id}
    write_later(connection, _END, given)


def reopen_offer(connection: Connection, token: str) -> None:
    """Note that a step that was passed on lies before the expert again."""
    connection.execute(_END, {"name": token, "ended_at": None, "answer_id": None})


def note_reveal(connection: Connection, token: str) -> None:
    """Note that the expert has seen what the machine says of the step."""
    connection.execute(
        update(offers).where(offers.c.token == token).values(revealed_at=time.time())
    )


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


def _offer(row: Any) -> Offer:
    place = Place(row.trace, row.step)
    return Offer(
        row.token, place, row.id, row.expert, row.answer_id, row.ended_at, row.revealed_at,
        row.revealed,
    )  # fmt: skip


_ANY: Final = offers.alias()
_ALL: Final = (
    select(
        offers,
        traces.c.id,
        select(literal(1))
        .where(
            _ANY.c.trace == offers.c.trace,
            _ANY.c.step == offers.c.step,
            _ANY.c.expert == offers.c.expert,
            _ANY.c.revealed_at.is_not(None),
        )
        .exists()
        .label("revealed"),
    )
    .select_from(offers.join(traces, traces.c.key == offers.c.trace))
    .where(offers.c.expert == bindparam("expert"))
)
_BY_TOKEN: Final = _ALL.where(offers.c.token == bindparam("name"))
_BY_ANSWER: Final = _ALL.where(offers.c.answer_id == bindparam("name"))
_INSERT: Final = insert(offers).inline()
_END: Final = (
    update(offers)
    .where(offers.c.token == bindparam("name"))
    .values(ended_at=bindparam("ended_at"), answer_id=bindparam("answer_id"))
)
