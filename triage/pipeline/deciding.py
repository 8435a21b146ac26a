"""Third stage of a run: decides on every trace from what sources and experts have said."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from triage.decide import decide
from triage.propose.outside import outside_findings
from triage.records import Findings, StepDecision, Trace, Verdict
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.decisions import Decided, keep_decisions
from triage.store.findings import latest_findings, merge
from triage.store.traces import Stored
from triage.store.verdicts import verdicts_on


class Considered(NamedTuple):
    """A trace with everything that is known of it and what was decided."""

    trace: Trace
    findings: Findings
    steps: Sequence[StepDecision]


def decide_all(connection: Connection, batch: Batch, settings: Settings) -> Iterator[Considered]:
    """Decide on every trace of the batch, some hundred in a transaction; gives each in order."""
    for chunk in batch.chunks():
        with connection.begin():
            considered = consider(connection, chunk, settings, cause="run")
        yield from considered


def consider(
    connection: Connection, stored: Sequence[Stored], settings: Settings, *, cause: str
) -> list[Considered]:
    """Decide on some traces and keep the decisions. Needs a transaction."""
    considered = [
        Considered(trace, findings, decide(trace, findings, verdicts, settings.route.clear_risk))
        for trace, findings, verdicts in _known(connection, stored, settings)
    ]
    decided = [
        Decided(one.key, one.domain, considered[place].steps) for place, one in enumerate(stored)
    ]
    keep_decisions(connection, decided, cause)
    return considered


def _known(
    connection: Connection, stored: Sequence[Stored], settings: Settings
) -> Iterator[tuple[Trace, Findings, list[Verdict]]]:
    keys = [one.key for one in stored]
    inside = latest_findings(connection, keys, settings.plugins.blocked)
    said = verdicts_on(connection, keys)
    for one in stored:
        trace = one.trace()
        yield trace, merge([inside[one.key], outside_findings(trace)]), said[one.key]
