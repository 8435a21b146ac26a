"""Walks the store's traces with what people said of them."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from triage.agreement import GivenVerdict, GoldLabel
from triage.records import DecidedBy, Label, Trace, Validity, Verdict
from triage.store.labelling.verdicts import verdicts_on
from triage.store.run.batch import Batch
from triage.store.run.traces import Stored


class Labelled(NamedTuple):
    """A stored trace with all verdicts on it, in the order they were given."""

    stored: Stored
    verdicts: list[Verdict]


class Given(NamedTuple):
    """Everything that people said: verdicts in the order of traces, and gold from the input."""

    verdicts: list[GivenVerdict]
    gold: list[GoldLabel]


def labelled(connection: Connection) -> Iterator[list[Labelled]]:
    """Every trace of the store in its newest revision, some hundred at a time."""
    batch = Batch(connection)
    with connection.begin():
        batch.add_all()
    for chunk in batch.chunks():
        with connection.begin():
            said = verdicts_on(connection, [one.key for one in chunk])
        yield [Labelled(one, said[one.key]) for one in chunk]


def everything_given(connection: Connection) -> Given:
    """All verdicts with their domains, and the input's own labels of the steps they are on."""
    given = Given([], [])
    for chunk in labelled(connection):
        for stored, verdicts in chunk:
            if verdicts:
                given.verdicts.extend(GivenVerdict(one, stored.domain) for one in verdicts)
                given.gold.extend(_gold(stored.trace()))
    return given


def known(given: Given) -> list[GoldLabel]:
    """The truths that are known of judged steps: the input's labels, and above them resolutions."""
    resolved = [
        GoldLabel(one.trace_id, one.step, one.label)
        for one, _domain in given.verdicts
        if one.by is DecidedBy.ADJUDICATOR
    ]
    return [*given.gold, *resolved]


def _gold(trace: Trace) -> Iterator[GoldLabel]:
    words = trace.human.step_labels if trace.human is not None else None
    for step, word in enumerate(words or ()):
        if word is not None:
            truth: Label | Validity = word.label or word.validity
            yield GoldLabel(trace.id, step, truth)
