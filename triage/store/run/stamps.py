"""Tells whether anything that is said of a trace has changed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from triage.store.tables.schema import decisions, findings, traces


class Stamp(NamedTuple):
    """The numbers of a trace's latest decisions and findings: the same while both are."""

    decision: int | None
    finding: int | None


_later: Final = traces.alias()
# made once: every call asks this, and to put a statement together takes longer than to run it
_STAMPS: Final = select(
    traces.c.key,
    select(func.max(decisions.c.key))
    .where(decisions.c.trace == traces.c.key)
    .scalar_subquery()
    .label("decision"),
    select(func.max(findings.c.key))
    .where(findings.c.trace == traces.c.key)
    .scalar_subquery()
    .label("finding"),
).where(
    traces.c.key.in_(bindparam("keys", expanding=True)),
    traces.c.body.is_not(None),
    ~select(_later.c.key).where(_later.c.id == traces.c.id, _later.c.key > traces.c.key).exists(),
)


def stamps_of(connection: Connection, keys: Sequence[int]) -> dict[int, Stamp]:
    """The stamps of those of some traces that are neither revised since nor forgotten."""
    rows = connection.execute(_STAMPS, {"keys": list(keys)})
    return {row.key: Stamp(row.decision, row.finding) for row in rows}
