"""Third stage of a run: decides on every trace from what sources and experts have said."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.decide import Learnt, decide
from triage.fuse import FusedStep
from triage.pipeline.cases import cases_of, model_in_use
from triage.records import Findings, StepDecision, Trace
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.decisions import Decided, keep_decisions
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
    model = model_in_use(connection)
    cases = list(cases_of(connection, stored, settings))
    keys = [one.key for one in stored]
    said = verdicts_on(connection, keys)
    standings = standings_of(connection, keys)
    warm: Sequence[tuple[FusedStep, ...] | None] = [None] * len(cases)
    if model and model.ranker:
        from triage.ranking import rank_all  # with numpy a cost that only a warm start pays

        warm = rank_all(model.ranker, cases)
    considered = [
        Considered(
            case.trace,
            case.findings,
            decide(
                case,
                said[one.key],
                settings.route.clear_risk,
                Learnt(fused, model.display if model else None),
                settings.queue.worth(one.domain),
                standings.get(one.key, {}),
            ),
        )
        for one, case, fused in zip(stored, cases, warm, strict=True)
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
