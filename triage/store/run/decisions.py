"""Keeps decisions: their history only grows, and the queue's index shows the latest."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from triage.deciding.order import turn
from triage.records import StepDecision
from triage.store.ahead import Ask, read
from triage.store.later import write_later
from triage.store.tables.schema import decisions, steps, traces

_BODY: TypeAdapter[tuple[StepDecision, ...]] = TypeAdapter(tuple[StepDecision, ...])


class Decided(NamedTuple):
    """The decisions on all steps of a trace."""

    trace: int
    domain: str
    steps: Sequence[StepDecision]


def keep_decisions(connection: Connection, decided: Iterable[Decided], cause: str) -> None:
    """Add decisions to the history where they differ from the latest. Needs a transaction.

    Decisions on traces that were forgotten since are dropped.

    Args:
        cause: What brought them about: `run`, or `verdict` and its number.
    """
    everything = {one.trace: one for one in decided}
    known = _known(connection, list(everything))
    bodies = {
        key: _BODY.dump_json(tuple(everything[key].steps), exclude_defaults=True) for key in known
    }
    changed = [key for key, body in bodies.items() if known[key].latest != body]
    if not changed:
        return
    now = time.time()
    history = [{"trace": key, "cause": cause, "body": bodies[key], "at": now} for key in changed]
    rows = (row for key in changed for row in _index_rows(everything[key], known[key].added_at))
    queue = {(row["trace"], row["step"]): row for row in rows}
    before = _in_queue(connection, changed)
    write_later(connection, _HISTORY, history)
    _put_in_queue(connection, before, queue)


def asks_before(keys: Sequence[int]) -> list[Ask]:
    """What `keep_decisions` reads."""
    return [Ask(_KNOWN, {"keys": keys}), Ask(_STEPS, {"keys": keys})]


def latest_decisions(
    connection: Connection, keys: Sequence[int]
) -> dict[int, tuple[StepDecision, ...]]:
    """The latest decisions on each trace that has any."""
    bodies = latest_bodies(connection, keys)
    return {key: _BODY.validate_json(body) for key, (body, _at) in bodies.items()}


def latest_bodies(connection: Connection, keys: Sequence[int]) -> Mapping[int, tuple[bytes, float]]:
    """The same as it is stored, with when it was, in Unix seconds."""
    newest = (
        select(func.max(decisions.c.key))
        .where(decisions.c.trace.in_(keys), decisions.c.body.is_not(None))
        .group_by(decisions.c.trace)
    )
    rows = connection.execute(
        select(decisions.c.trace, decisions.c.body, decisions.c.at).where(
            decisions.c.key.in_(newest)
        )
    )
    return {row.trace: (row.body, row.at) for row in rows}


class _Known(NamedTuple):
    added_at: float
    latest: bytes | None


def _known(connection: Connection, keys: Sequence[int]) -> dict[int, _Known]:
    """Those of some traces that are not forgotten, with what was decided last."""
    rows = {row[0]: _Known(row[1], row[2]) for row in read(connection, Ask(_KNOWN, {"keys": keys}))}
    return {key: rows[key] for key in keys if key in rows}


_LAST: Final = decisions.alias()
_KNOWN: Final = (
    select(traces.c.key, traces.c.added_at, decisions.c.body)
    .select_from(
        traces.outerjoin(
            decisions,
            decisions.c.key
            == select(func.max(_LAST.c.key))
            .where(_LAST.c.trace == traces.c.key, _LAST.c.body.is_not(None))
            .scalar_subquery(),
        )
    )
    .where(traces.c.key.in_(bindparam("keys", expanding=True)), traces.c.body.is_not(None))
)


Rows = Mapping[tuple[int, int], Mapping[str, Any]]


def _in_queue(connection: Connection, keys: Sequence[int]) -> Rows:
    rows = read(connection, Ask(_STEPS, {"keys": keys}))
    return {(row.trace, row.step): row._asdict() for row in rows}


def _put_in_queue(connection: Connection, before: Rows, rows: Rows) -> None:
    """Bring the queue's index up to date: after an answer, most rows of its trace are as before."""
    gone = sorted({key for key, step in before if (key, step) not in rows})
    if gone:
        write_later(connection, delete(steps).where(steps.c.trace.in_(gone)), {})
        before = {place: row for place, row in before.items() if place[0] not in gone}
    fresh = [row for place, row in rows.items() if place not in before]
    if fresh:
        write_later(connection, insert(steps), fresh)
    changed = [row for place, row in rows.items() if place in before and before[place] != row]
    if changed:
        places = [{**row, "of": row["trace"], "at": row["step"]} for row in changed]
        write_later(connection, _UPDATE, places)


_HISTORY: Final = insert(decisions).inline()
"""Nobody waits for the keys of the rows."""
_STEPS: Final = select(steps).where(steps.c.trace.in_(bindparam("keys", expanding=True)))
_UPDATE: Final = update(steps).where(
    steps.c.trace == bindparam("of"), steps.c.step == bindparam("at")
)


def _index_rows(decided: Decided, since: float) -> Iterable[dict[str, Any]]:
    for step in decided.steps:
        yield {
            "trace": decided.trace,
            "step": step.step,
            "domain": decided.domain,
            "action": step.action.value,
            "settled": step.final is not None,
            "priority": step.priority,
            "turn": turn(step.priority, since),
            "reason": step.reasons[0].code.value if step.reasons else None,
        }
