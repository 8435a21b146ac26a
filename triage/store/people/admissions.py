"""Keeps who is admitted to which domain's queue, and how the latest calibration round ended."""

import json
import time
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.store.tables.gold_tables import admissions


class State(StrEnum):
    """How an expert stands in a domain."""

    ROUND = "round"
    """Labels the steps of a calibration round."""
    ADMITTED = "admitted"
    REFUSED = "refused"
    """The latest round was below what is asked."""


class Admission(NamedTuple):
    """An expert's standing in a domain.

    Attributes:
        round: Number of the latest round, from 1; 0 for one who was admitted without any.
        wanted: How many steps the round has.
        result: What came out of the latest round that ended; None before that.
        by: Who decided: `round`, or who admitted or asked for another round.
        at: Unix seconds.
    """

    expert: str
    domain: str
    round: int
    state: State
    wanted: int
    result: dict[str, Any] | None
    by: str
    at: float


def admissions_of(connection: Connection, expert: str) -> dict[str, Admission]:
    """An expert's standings by domain, as far as anything was decided."""
    query = select(admissions).where(admissions.c.expert == expert).order_by(admissions.c.domain)
    return {row.domain: _admission(row) for row in connection.execute(query)}


def lock_admission(connection: Connection, expert: str, domain: str) -> Admission | None:
    """An expert's standing, which nobody else changes until the transaction ends."""
    query = select(admissions).where(_at(expert, domain)).with_for_update()
    row = connection.execute(query).first()
    return None if row is None else _admission(row)


def put_admission(
    connection: Connection,
    expert: str,
    domain: str,
    *,
    number: int,
    state: State,
    wanted: int,
    by: str,
) -> None:
    """Note a new standing; the latest result stays. Needs a writing transaction."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    values = {"round": number, "state": state.value, "wanted": wanted, "by": by, "at": time.time()}
    attempt = dialect.insert(admissions).values(expert=expert, domain=domain, **values)
    attempt = attempt.on_conflict_do_update(
        index_elements=[admissions.c.expert, admissions.c.domain], set_=values
    )
    connection.execute(attempt)


def end_round(connection: Connection, one: Admission, state: State, result: dict[str, Any]) -> None:
    """Note how a round ended. Needs a writing transaction."""
    values = {"state": state.value, "result": json.dumps(result), "by": "round", "at": time.time()}
    connection.execute(update(admissions).where(_at(one.expert, one.domain)).values(**values))


def _at(expert: str, domain: str) -> ColumnElement[bool]:
    return and_(admissions.c.expert == expert, admissions.c.domain == domain)


def _admission(row: Any) -> Admission:
    result = None if row.result is None else json.loads(row.result)
    return Admission(
        row.expert, row.domain, row.round, State(row.state), row.wanted, result, row.by, row.at
    )
