"""Finds alternative traces: those of the same group."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select

from triage.store.ahead import Ask, read
from triage.store.run.traces import Stored
from triage.store.tables.schema import traces

MOST: Final = 32
"""Traces of a group that are compared with each other: the first ones that came."""


def siblings(connection: Connection, keys: Sequence[int]) -> dict[int, list[Stored]]:
    """For each trace the others of its group in their newest revisions, in the order they came."""
    found = read(connection, asks_siblings(keys))
    if not found:
        return {key: [] for key in keys}
    rows = connection.execute(
        select(traces.c.key, traces.c.id, traces.c.group).where(traces.c.key.in_(keys))
    )
    of = {row.key: (row.id, row.group) for row in rows}
    by_group: dict[str, list[tuple[str, Stored]]] = {}
    for row in found:
        stored = Stored(row.key, row.steps, row.domain, row.body)
        by_group.setdefault(row.group, []).append((row.id, stored))
    return {
        key: [stored for name, stored in by_group.get(group, ()) if name != identity]
        for key, (identity, group) in of.items()
    }


def asks_siblings(keys: Sequence[int]) -> Ask:
    """What `siblings` reads; more if there are any."""
    return Ask(_CROWDS, {"keys": list(keys), "most": MOST})


def _crowds() -> Select[Any]:
    """The first traces of each group that has some of the keys, where it has more than one."""
    asked = traces.alias()
    groups = select(asked.c.group).where(asked.c.key.in_(bindparam("keys", expanding=True)))
    newest = (
        select(func.max(traces.c.key).label("key"))
        .where(traces.c.group.in_(groups), traces.c.body.is_not(None))
        .group_by(traces.c.id)
        .subquery()
    )
    rank = func.row_number().over(partition_by=traces.c.group, order_by=traces.c.key)
    crowd = func.count().over(partition_by=traces.c.group)
    ranked = (
        select(traces.c.key, rank.label("rank"), crowd.label("crowd"))
        .join(newest, newest.c.key == traces.c.key)
        .subquery()
    )
    return (
        select(
            traces.c.key, traces.c.id, traces.c.group,
            traces.c.steps, traces.c.domain, traces.c.body,
        )
        .join(ranked, ranked.c.key == traces.c.key)
        .where(ranked.c.crowd > 1, ranked.c.rank <= bindparam("most"))
        .order_by(traces.c.key)
    )  # fmt: skip


_CROWDS: Final = _crowds()
