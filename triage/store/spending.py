"""Tells what plugins were paid."""

from sqlalchemy import Connection, func, select

from triage.store.schema import findings


def spent_by_plugin(connection: Connection) -> dict[str, float]:
    """What the answers of each plugin cost in USD, replaced and failed ones included."""
    query = (
        select(findings.c.plugin, func.sum(findings.c.cost_usd))
        .group_by(findings.c.plugin)
        .order_by(findings.c.plugin)
    )
    return {row[0]: float(row[1]) for row in connection.execute(query)}
