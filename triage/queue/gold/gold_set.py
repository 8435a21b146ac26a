"""Puts steps into the gold set: from files of labels or labelled traces, and from resolutions."""

from collections.abc import Callable
from typing import Any

import orjson
from pydantic import Field, ValidationError
from sqlalchemy import Connection, Engine

from triage.errors import InputError
from triage.ingest import IngestOptions, Limits, Reject
from triage.ingest.files.jsonfiles import values_of
from triage.ingest.items import Flaw, Frame, RowError
from triage.ingest.rows.decode import decode
from triage.ingest.rows.normalise import normalise
from triage.pipeline.views.labelled import labelled
from triage.records import DecidedBy, Label, Record, Trace, Validity, Word
from triage.store.database import writing
from triage.store.labelling.gold import Source, Taken, add_gold
from triage.store.people.auditlog import note_act
from triage.store.run.traces import find_traces


class GoldLine(Record):
    """A gold label of a step that is in the store; `correct` says no more than valid."""

    trace_id: str = Field(min_length=1)
    step: int = Field(ge=0)
    label: Word


class Added(Record):
    """What became of gold steps on their way in."""

    new: int = 0
    known: int = 0
    rejected: int = 0


def import_gold(engine: Engine, by: str, file: str, rejected: Callable[[Reject], None]) -> Added:
    """Take gold from a file, each line in a transaction of its own.

    A line is a label of a step in the store, or a trace with `human.step_labels`, which need not be
    in the store and never becomes work.

    Raises:
        InputError: There is nothing in the file.
    """
    done = Added()
    for frame in values_of(file):
        flaw: Flaw | RowError
        if isinstance(frame, Flaw):
            flaw = frame
        else:
            try:
                with writing(engine) as connection:
                    done = _plus(done, *_take(connection, frame))
                continue
            except RowError as why:
                flaw = why
        rejected(Reject(file=file, line=frame.line, field=flaw.field, reason=flaw.reason))
        done = done.model_copy(update={"rejected": done.rejected + 1})
    if done == Added():
        raise InputError(f"{file} holds no gold labels")
    _note(engine, by, Source.FILE, done)
    return done


def adopt_resolutions(engine: Engine, by: str, domain: str | None) -> Added:
    """Take every step that an adjudicator resolved, the last resolution counting."""
    done = Added()
    with engine.connect() as connection:
        found = [
            (one.trace(), {v.step: v.label for v in said if v.by is DecidedBy.ADJUDICATOR})
            for chunk in labelled(connection)
            for one, said in chunk
            if domain in (None, one.domain)
        ]
    with writing(engine) as connection:
        for trace, labels in found:
            for step, label in labels.items():
                taken = add_gold(connection, trace, step, label, Source.ADJUDICATED)
                # gold that stands is not changed by what was said later
                done = _plus(done, taken is Taken.NEW, taken is not Taken.NEW)
    _note(engine, by, Source.ADJUDICATED, done)
    return done


def _take(connection: Connection, frame: Frame) -> tuple[int, int]:
    """The steps of a line that are new, and those that were known."""
    row: dict[str, Any] = decode(frame.raw, Limits().depth)
    trace, labels = _label(connection, row) if "trace_id" in row else _trace(row)
    new = known = 0
    for step, truth in labels.items():
        taken = add_gold(connection, trace, step, truth, Source.FILE)
        if taken is Taken.DIFFERENT:
            raise RowError(
                "label",
                f"step {step} of {trace.id!r} is gold with another label: "
                f"triage gold retire {trace.id!r} {step} takes that out first",
            )
        new += taken is Taken.NEW
        known += taken is Taken.KNOWN
    return new, known


def _label(
    connection: Connection, row: dict[str, Any]
) -> tuple[Trace, dict[int, Label | Validity]]:
    try:
        line = GoldLine.model_validate_json(orjson.dumps(row), strict=True)
    except ValidationError as why:
        first = why.errors()[0]
        raise RowError(".".join(map(str, first["loc"])) or None, first["msg"]) from None
    stored = find_traces(connection, [line.trace_id]).get(line.trace_id)
    if stored is None:
        raise RowError("trace_id", "is not in the store: give the whole trace with its labels")
    if line.step >= stored.steps:
        raise RowError("step", f"the trace has steps 0 to {stored.steps - 1}")
    return stored.trace(), {line.step: line.label.label or line.label.validity}


def _trace(row: dict[str, Any]) -> tuple[Trace, dict[int, Label | Validity]]:
    trace, _ = normalise(row, IngestOptions())
    words = trace.human.step_labels if trace.human is not None else None
    labels: dict[int, Label | Validity] = {
        step: word.label or word.validity
        for step, word in enumerate(words or ())
        if word is not None
    }
    if not labels:
        raise RowError("human.step_labels", "no step has a label")
    return trace, labels


def _plus(done: Added, new: int, known: int) -> Added:
    return done.model_copy(update={"new": done.new + new, "known": done.known + known})


def _note(engine: Engine, by: str, source: Source, done: Added) -> None:
    with writing(engine) as connection:
        note_act(connection, by, "gold-added", {"source": source.value, "steps": done.new})
