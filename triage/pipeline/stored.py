"""Gives what the store holds of its traces, for exports."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.pipeline.deciding import Considered
from triage.propose.outside import outside_findings
from triage.store.run.batch import Batch
from triage.store.run.decisions import latest_decisions
from triage.store.run.findings import latest_findings, merge
from triage.store.run.traces import Stored


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
        with connection.begin():
            found = decisions_on(connection, chunk, settings)
        for stored, one in zip(chunk, found, strict=True):
            if one is None:
                undecided(stored.trace().id)
            else:
                yield one


def decisions_on(
    connection: Connection, stored: Sequence[Stored], settings: Settings
) -> list[Considered | None]:
    """The same for some traces; None for each that has no decisions."""
    keys = [one.key for one in stored]
    said = latest_findings(connection, keys, settings.plugins.blocked)
    decided = latest_decisions(connection, keys)
    found: list[Considered | None] = []
    for one in stored:
        if one.key not in decided:
            found.append(None)
            continue
        trace = one.trace()
        findings = merge([said[one.key], outside_findings(trace)])
        found.append(Considered(trace, findings, decided[one.key]))
    return found
