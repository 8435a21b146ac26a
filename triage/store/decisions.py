"""Keeps decisions: their history only grows, and the queue's index shows the latest."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, insert, select

from triage.records import StepDecision
from triage.store.schema import decisions, steps
from triage.store.traces import forgotten

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
    for key in forgotten(connection, everything):
        del everything[key]
    before = latest_bodies(connection, list(everything))
    bodies = {
        key: _BODY.dump_json(tuple(one.steps), exclude_defaults=True)
        for key, one in everything.items()
    }
    changed = [key for key, body in bodies.items() if key not in before or before[key][0] != body]
    if not changed:
        return
    now = time.time()
    connection.execute(
        insert(decisions),
        [{"trace": key, "cause": cause, "body": bodies[key], "at": now} for key in changed],
    )
    connection.execute(delete(steps).where(steps.c.trace.in_(changed)))
    connection.execute(
        insert(steps), [row for key in changed for row in _index_rows(everything[key])]
    )


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


def _index_rows(decided: Decided) -> Iterable[dict[str, object]]:
    for step in decided.steps:
        yield {
            "trace": decided.trace,
            "step": step.step,
            "domain": decided.domain,
            "action": step.action.value,
            "settled": step.final is not None,
            "priority": step.priority,
            "reason": step.reasons[0].code.value if step.reasons else None,
        }
