"""Reads files of verdicts: one a line, each taken or listed as a reject, none twice."""

from collections.abc import Callable, Iterable
from datetime import UTC
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import InputError
from triage.ingest import Limits, Reject
from triage.ingest.files.jsonfiles import values_of
from triage.ingest.items import Flaw, Frame, RowError
from triage.ingest.rows.decode import decode
from triage.queue.verdicts.admitting import RefusedError
from triage.queue.verdicts.answering import Desk
from triage.records import DecidedBy, Record, Verdict
from triage.store.database import writing

_CHUNK: Final = 200


class Imported(Record):
    """What became of a file's lines.

    Attributes:
        silent: Rows of a platform that hold no answer.
    """

    new: int
    known: int
    rejected: int
    silent: int = 0


def import_verdicts(
    engine: Engine, settings: Settings, file: str, rejected: Callable[[Reject], None]
) -> Imported:
    """Take the verdicts of a file (JSON Lines or a JSON array, gzip too; - for standard input).

    Args:
        rejected: Told of every line that can't be taken.

    Raises:
        InputError: The file can't be opened, or is empty.
    """
    new = known = refused = 0
    frames = values_of(file)
    while chunk := list(islice(frames, _CHUNK)):
        for outcome in _take(engine, settings, file, chunk):
            if isinstance(outcome, Reject):
                rejected(outcome)
                refused += 1
            else:
                new += outcome
                known += not outcome
    if not new + known + refused:
        raise InputError(f"{file} holds no verdicts")
    return Imported(new=new, known=known, rejected=refused)


def _take(
    engine: Engine, settings: Settings, file: str, chunk: Iterable[Frame | Flaw]
) -> list[Reject | bool]:
    """Take some lines in one transaction; gives a reject, or whether the verdict was new."""
    parsed = [_parsed(file, frame) for frame in chunk]
    outcomes: list[Reject | bool] = []
    with writing(engine) as connection:
        desk = Desk(connection, settings)
        desk.hold(one.verdict.trace_id for one in parsed if isinstance(one, _Line))
        for one in parsed:
            if isinstance(one, Reject):
                outcomes.append(one)
                continue
            try:
                outcomes.append(desk.take(one.verdict, one.identity).new)
            except RefusedError as why:
                flaw = Reject(file=file, line=one.line, field=why.field, reason=why.reason)
                outcomes.append(flaw)
        desk.decide()
    return outcomes


class _Line(NamedTuple):
    line: int | None
    verdict: Verdict
    identity: str | None


def _parsed(file: str, frame: Frame | Flaw) -> _Line | Reject:
    if isinstance(frame, Flaw):
        return Reject(file=file, line=frame.line, field=frame.field, reason=frame.reason)
    try:
        return _Line(frame.line, *_parse(frame))
    except RowError as why:
        return Reject(file=file, line=frame.line, field=why.field, reason=why.reason)


def _parse(frame: Frame) -> tuple[Verdict, str | None]:
    row: dict[str, Any] = decode(frame.raw, Limits().depth)
    identity = row.pop("answer_id", None)
    if identity is not None and (not isinstance(identity, str) or not identity):
        raise RowError("answer_id", "is not a text")
    if row.get("by", DecidedBy.EXPERT) != DecidedBy.EXPERT:
        raise RowError("by", "only expert verdicts can be imported: triage queue resolve")
    if "decision" in row:
        raise RowError(
            "decision", "is what triage decided and no verdict: give what an expert said"
        )
    try:
        verdict = Verdict.model_validate_json(orjson.dumps(row), strict=True)
    except ValidationError as why:
        first = why.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise RowError(field, first["msg"]) from None
    if verdict.at.tzinfo is None:
        verdict = verdict.model_copy(update={"at": verdict.at.replace(tzinfo=UTC)})
    return verdict, identity
