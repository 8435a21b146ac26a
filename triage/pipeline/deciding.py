"""Third stage of a run: decides on every trace from what sources and experts have said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.decide import decide
from triage.propose.outside import outside_findings
from triage.records import Findings, Standing, StepDecision, Trace, Verdict
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.decisions import Decided, keep_decisions
from triage.store.findings import latest_findings, merge
from triage.store.standings import standings_of
from triage.store.traces import Stored, stored_at
from triage.store.verdicts import verdicts_on

_CHUNK: Final = 500


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
        Considered(
            known.trace,
            known.findings,
            decide(*known[:3], settings.route.clear_risk, known.standings),
        )
        for known in _known(connection, stored, settings)
    ]
    decided = [
        Decided(one.key, one.domain, considered[place].steps) for place, one in enumerate(stored)
    ]
    keep_decisions(connection, decided, cause)
    return considered


def reconsider(
    connection: Connection, keys: Sequence[int], settings: Settings, *, cause: str
) -> None:
    """Decide anew on the traces with these keys, some hundred at a time. Needs a transaction."""
    for start in range(0, len(keys), _CHUNK):
        stored = stored_at(connection, keys[start : start + _CHUNK])
        consider(connection, stored, settings, cause=cause)


class _Known(NamedTuple):
    trace: Trace
    findings: Findings
    verdicts: Sequence[Verdict]
    standings: Mapping[int, Standing]


def _known(
    connection: Connection, stored: Sequence[Stored], settings: Settings
) -> Iterator[_Known]:
    keys = [one.key for one in stored]
    inside = latest_findings(connection, keys, settings.plugins.blocked)
    said = verdicts_on(connection, keys)
    standings = standings_of(connection, keys)
    for one in stored:
        trace = one.trace()
        findings = merge([inside[one.key], outside_findings(trace)])
        yield _Known(trace, findings, said[one.key], standings.get(one.key, {}))
