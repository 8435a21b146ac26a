"""Gives what the store holds of its traces, for exports."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from triage.pipeline.deciding import Considered
from triage.propose.outside import outside_findings
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.decisions import latest_decisions
from triage.store.findings import latest_findings, merge


def stored_decisions(
    connection: Connection,
    batch: Batch,
    settings: Settings,
    undecided: Callable[[str], None] = lambda _id: None,
) -> Iterator[Considered]:
    """Read traces with what was said and decided of them, in order, some hundred at a time.

    Args:
        undecided: Told the id of each trace that has no decisions, as after a run that was
            stopped.
    """
    for chunk in batch.chunks():
        keys = [one.key for one in chunk]
        with connection.begin():
            said = latest_findings(connection, keys, settings.plugins.blocked)
            decided = latest_decisions(connection, keys)
        for one in chunk:
            trace = one.trace()
            if one.key not in decided:
                undecided(trace.id)
                continue
            findings = merge([said[one.key], outside_findings(trace)])
            yield Considered(trace, findings, decided[one.key])
