"""Takes what people said on a platform into the verdict log."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import InputError
from triage.ingest import Limits, Reject
from triage.ingest.files.jsonfiles import values_of
from triage.ingest.items import Flaw, Frame, RowError
from triage.ingest.rows.decode import decode
from triage.queue.verdicts.admitting import RefusedError
from triage.queue.verdicts.answering import Desk
from triage.queue.verdicts.importing import Imported
from triage.records import Label, Mode, Verdict
from triage.store.database import writing

_CHUNK: Final = 200


class Said(NamedTuple):
    """One person's label of one step, as a platform told it.

    Attributes:
        text: The step's text as the person saw it; None where the platform does not say.
        at: When it was said; None where the platform does not say.
        identity: The answer's own id: told twice, it counts once. Without a time it stands for the
            person and the step, and what differs from the last such answer is a new one.
    """

    trace_id: str
    step: int
    text: str | None
    label: Label
    expert: str
    mode: Mode
    at: datetime | None
    identity: str
    inherits_error: bool | None = None
    seconds: float | None = None
    note: str | None = None
    correction: str | None = None


Row = Mapping[str, Any]
Parse = Callable[[Row], Iterable[Said | RowError]]
"""Reads a row of a platform's file; RowError is raised for a row, and given for an answer in it."""


def take(desk: Desk, said: Said) -> bool:
    """Add what was said to the log; gives whether it was new.

    Raises:
        RefusedError: The step does not exist or had another text, or the person may not answer it.
    """
    desk.hold([said.trace_id])
    if said.text is not None:
        shown = " ".join(said.text.split())
        if shown != " ".join(desk.text_of(said.trace_id, said.step).split()):
            raise RefusedError(
                "step",
                f"step {said.step} of {said.trace_id!r} has another text by now: export it anew",
            )
    identity = said.identity
    if said.at is None:
        before = desk.answers(f"{identity}:")
        if before and _same(before[0][1], said):
            return False
        identity = f"{identity}:{len(before)}"
    verdict = Verdict(
        trace_id=said.trace_id,
        step=said.step,
        label=said.label,
        inherits_error=said.inherits_error,
        expert=said.expert,
        mode=said.mode,
        seconds=said.seconds,
        note=said.note,
        correction=said.correction,
        at=said.at or datetime.now(UTC),
    )
    return desk.take(verdict, identity).new


def import_file(
    engine: Engine,
    settings: Settings,
    file: str,
    parse: Parse,
    rejected: Callable[[Reject], None],
) -> Imported:
    """Take what people said from a platform's file: JSON Lines or a JSON array, gzip too.

    Args:
        rejected: Told of every row, and every single answer in one, that can't be taken.

    Raises:
        InputError: The file can't be opened, or is empty.
    """
    return import_rows(engine, settings, file, _rows(values_of(file)), parse, rejected)


def import_rows(
    engine: Engine,
    settings: Settings,
    name: str,
    rows: Iterator[tuple[int | None, Row | RowError]],
    parse: Parse,
    rejected: Callable[[Reject], None],
) -> Imported:
    """The same from rows with their line numbers; a row that can't be read is its error."""
    counts = {True: 0, False: 0}
    refused = seen = silent = 0
    while chunk := list(islice(rows, _CHUNK)):
        with writing(engine) as connection:
            desk = Desk(connection, settings)
            flaws: list[Reject] = []
            told = [(line, _id_of(row), list(_told(row, parse))) for line, row in chunk]
            desk.hold(
                one.trace_id for *_, of_row in told for one in of_row if isinstance(one, Said)
            )
            for line, identity, of_row in told:
                silent += not of_row
                for outcome in (_outcome(desk, one) for one in of_row):
                    if isinstance(outcome, bool):
                        counts[outcome] += 1
                    else:
                        why = outcome.reason
                        flaws.append(
                            Reject(
                                file=name, line=line, field=outcome.field, reason=why, id=identity
                            )
                        )
            desk.decide()
        seen += len(chunk)
        refused += len(flaws)
        for flaw in flaws:
            rejected(flaw)
    if not seen:
        raise InputError(f"{name} holds nothing")
    return Imported(new=counts[True], known=counts[False], rejected=refused, silent=silent)


def label_in(word: Any) -> Label | None:
    """The label that a word stands for: ours, or as people read it; None for all else."""
    return _MEANT.get(word.strip().lower()) if isinstance(word, str) else None


def moment(value: Any, field: str) -> datetime:
    """Read a time as platforms write it; one without a zone is UTC.

    Raises:
        RowError: It is none.
    """
    if not isinstance(value, str):
        raise RowError(field, "is no time")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise RowError(field, f"is no time: {value[:40]!r}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _rows(
    frames: Iterable[Frame | Flaw],
) -> Iterator[tuple[int | None, Row | RowError]]:
    for frame in frames:
        if isinstance(frame, Flaw):
            yield frame.line, RowError(frame.field, frame.reason)
            continue
        try:
            yield frame.line, decode(frame.raw, Limits().depth)
        except RowError as why:
            yield frame.line, why


def _id_of(row: Row | RowError) -> str | None:
    """What the platform calls a row: many may stand in one line."""
    given = None if isinstance(row, RowError) else row.get("id")
    return str(given)[:200] if isinstance(given, (str, int)) else None


def _told(row: Row | RowError, parse: Parse) -> Iterator[Said | RowError]:
    """What a row tells, and what of it can't be read."""
    if isinstance(row, RowError):
        yield row
        return
    try:
        yield from parse(row)
    except RowError as why:
        yield why


def _outcome(desk: Desk, told: Said | RowError) -> bool | RowError | RefusedError:
    """Whether an answer was new, or why it can't be taken."""
    if isinstance(told, RowError):
        return told
    try:
        return take(desk, told)
    except RefusedError as why:
        return why


def _same(verdict: Verdict, said: Said) -> bool:
    given = (said.label, said.inherits_error, said.note, said.correction)
    return given == (verdict.label, verdict.inherits_error, verdict.note, verdict.correction)


_MEANT: Final = {label.value: label for label in Label} | {label.shown: label for label in Label}
