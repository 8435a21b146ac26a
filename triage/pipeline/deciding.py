"""Third stage of a run: decides on every trace from what sources and experts have said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.deciding.decide import Learnt, decide
from triage.deciding.fuse import FusedStep
from triage.pipeline.joining import Arrived, join, open_streams
from triage.pipeline.views.cases import cases_of, model_in_use
from triage.records import Findings, Standing, StepDecision, Trace, Verdict
from triage.store.certification.standings import standings_of
from triage.store.labelling.verdicts import verdicts_on
from triage.store.run.batch import Batch
from triage.store.run.decisions import Decided, keep_decisions
from triage.store.run.groups import siblings
from triage.store.run.traces import Stored, lock_traces, stored_at

_CHUNK: Final = 500


class Considered(NamedTuple):
    """A trace with everything that is known of it and what was decided."""

    trace: Trace
    findings: Findings
    steps: Sequence[StepDecision]


def decide_all(connection: Connection, batch: Batch, settings: Settings) -> Iterator[Considered]:
    """Decide on every trace of the batch, some hundred in a transaction; gives each in order.

    Traces of the same problems that came with earlier runs are decided anew: what has come since
    may contradict them.
    """
    for chunk in batch.chunks():
        with connection.begin():
            considered = consider(connection, chunk, settings, cause="run")
            others = siblings(connection, [one.key for one in chunk]).values()
            earlier = sorted({other.key for crowd in others for other in crowd})
            reconsider(connection, batch.lacking(earlier), settings, cause="alternative")
        yield from considered


def consider(
    connection: Connection,
    stored: Sequence[Stored],
    settings: Settings,
    *,
    cause: str,
    said: Mapping[int, Sequence[Verdict]] | None = None,
    joining: bool = True,
) -> list[Considered]:
    """Decide on some traces and keep the decisions. Needs a transaction.

    Args:
        said: All standing verdicts on each trace, by one who has locked the traces; read if None.
        joining: Whether clear steps may join a streaming certificate that covers them.
    """
    keys = [one.key for one in stored]
    if said is None:
        lock_traces(connection, keys)
        said = verdicts_on(connection, keys)
    model = model_in_use(connection)
    cases = list(cases_of(connection, stored, settings))
    standings = standings_of(connection, keys)
    warm: Sequence[tuple[FusedStep, ...] | None] = [None] * len(cases)
    if model and model.ranker:
        from triage.ranking import rank_all  # with numpy a cost that only a warm start pays

        warm = rank_all(model.ranker, cases)

    def decided_on(place: int) -> Considered:
        one, case = stored[place], cases[place]
        steps = decide(
            case,
            said[one.key],
            settings.route.clear_risk,
            Learnt(warm[place], model.display if model else None),
            settings.queue.worth(one.domain),
            standings.get(one.key, {}),
        )
        return Considered(case.trace, case.findings, steps)

    considered = [decided_on(place) for place in range(len(stored))]
    streams = open_streams(connection) if joining else []
    if streams:
        arrived = [
            Arrived(one.key, one.domain, cases[place], _unbound(considered[place], standings, one))
            for place, one in enumerate(stored)
        ]
        joined = join(connection, streams, arrived, model, settings)
        standings |= standings_of(connection, sorted(joined))
        for place, one in enumerate(stored):
            if one.key in joined:
                considered[place] = decided_on(place)
    decided = [
        Decided(one.key, one.domain, considered[place].steps) for place, one in enumerate(stored)
    ]
    keep_decisions(connection, decided, cause)
    return considered


def reconsider(
    connection: Connection,
    keys: Sequence[int],
    settings: Settings,
    *,
    cause: str,
    joining: bool = True,
) -> None:
    """Decide anew on the traces with these keys, some hundred at a time. Needs a transaction."""
    for start in range(0, len(keys), _CHUNK):
        stored = stored_at(connection, keys[start : start + _CHUNK])
        consider(connection, stored, settings, cause=cause, joining=joining)


def _unbound(
    one: Considered, standings: Mapping[int, Mapping[int, Standing]], stored: Stored
) -> list[StepDecision]:
    """The steps that belong to no batch."""
    held = standings.get(stored.key, {})
    return [step for step in one.steps if step.step not in held]
