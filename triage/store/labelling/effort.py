"""What earlier decisions and verdicts tell about the experts' work that is to come."""

from typing import NamedTuple

from sqlalchemy import Connection, case, func, or_, select

from triage.records import Action
from triage.store.tables.schema import steps, traces, verdicts


class Share(NamedTuple):
    """Steps of a domain that were decided, and those of them that went to an expert."""

    decided: int
    asked: int


class Pace(NamedTuple):
    """Timed verdicts of a domain and the seconds they took together."""

    verdicts: int
    seconds: float


def asked_by_domain(connection: Connection) -> dict[str, Share]:
    """How many steps were decided and asked so far, by domain; settled ones count as asked."""
    to_expert = or_(steps.c.action == Action.ASK.value, steps.c.settled)
    query = select(steps.c.domain, func.count(), func.sum(case((to_expert, 1), else_=0))).group_by(
        steps.c.domain
    )
    return {row[0]: Share(row[1], int(row[2])) for row in connection.execute(query)}


def pace_by_domain(connection: Connection, longest_seconds: float) -> dict[str, Pace]:
    """How long verdicts took, by domain.

    Args:
        longest_seconds: Longer ones are left out: somebody went away in between.
    """
    query = (
        select(traces.c.domain, func.count(), func.sum(verdicts.c.seconds))
        .join(traces, traces.c.key == verdicts.c.trace)
        .where(
            verdicts.c.seconds.is_not(None),
            verdicts.c.seconds <= longest_seconds,
            verdicts.c.withdraws.is_(None),
        )
        .group_by(traces.c.domain)
    )
    return {row[0]: Pace(row[1], float(row[2])) for row in connection.execute(query)}
