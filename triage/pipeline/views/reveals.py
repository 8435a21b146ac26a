"""Gathers what experts said before and after they saw the machine's label."""

from collections.abc import Iterator

from sqlalchemy import Connection

from triage.agreement.anchoring import SecondThought, second_thoughts
from triage.pipeline.views.labelled import labelled
from triage.records import DecidedBy
from triage.store.labelling.offers import revealed_on
from triage.store.run.decisions import latest_decisions


def revealed(connection: Connection) -> Iterator[SecondThought]:
    """Every step whose machine label an expert has seen after answering it."""
    for chunk in labelled(connection):
        keys = [one.stored.key for one in chunk]
        with connection.begin():
            seen, decided = revealed_on(connection, keys), latest_decisions(connection, keys)
        for one in chunk:
            if one.stored.key not in seen:
                continue
            trace_id = one.stored.trace().id
            machine = {step.step: step.label for step in decided.get(one.stored.key, ())}
            for step, expert in sorted(set(seen[one.stored.key])):
                own = [
                    verdict
                    for verdict in one.verdicts
                    if (verdict.step, verdict.expert) == (step, expert)
                    and verdict.by is not DecidedBy.ADJUDICATOR
                ]
                label = machine.get(step)
                if label is None:
                    continue
                for first, last in second_thoughts(own):
                    yield SecondThought(expert, trace_id, step, first, last, label)
