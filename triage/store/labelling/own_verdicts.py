"""Reads from the log what one expert said, and what was made of it."""

from typing import NamedTuple

from sqlalchemy import Connection

from triage.records import DecidedBy, Label, Mode, Verdict
from triage.store.labelling.verdicts import standing, verdict_of
from triage.store.tables.schema import traces, verdicts


class Own(NamedTuple):
    """An answer of one expert's own, with the domain of its trace."""

    answer_id: str
    domain: str
    verdict: Verdict


def said_by(connection: Connection, expert: str) -> list[Own]:
    """An expert's standing verdicts, resolutions left out, in the order of the log."""
    said = standing().where(verdicts.c.expert == expert, verdicts.c.by == DecidedBy.EXPERT.value)
    rows = said.add_columns(traces.c.domain).join(traces, traces.c.key == verdicts.c.trace)
    return [
        Own(row["answer_id"], row["domain"], verdict_of(row))
        for row in connection.execute(rows.order_by(verdicts.c.key)).mappings()
    ]


def resolutions_of(connection: Connection, expert: str) -> list[tuple[str, Label, Label]]:
    """Domain, the expert's last blind label and the adjudicator's, of steps resolved by others."""
    mine = {
        (row.trace, row.step): Label(row.label)
        for row in connection.execute(
            standing()
            .where(
                verdicts.c.expert == expert,
                verdicts.c.by == DecidedBy.EXPERT.value,
                verdicts.c.mode == Mode.BLIND.value,
            )
            .order_by(verdicts.c.key)
        )
    }
    resolved = standing().where(
        verdicts.c.by == DecidedBy.ADJUDICATOR.value, verdicts.c.expert != expert
    )
    rows = resolved.add_columns(traces.c.domain).join(traces, traces.c.key == verdicts.c.trace)
    truths = {
        (row.trace, row.step): (row.domain, Label(row.label))
        for row in connection.execute(rows.order_by(verdicts.c.key))
    }
    return [(domain, mine[at], truth) for at, (domain, truth) in truths.items() if at in mine]
