"""From a job's input to traces in the store, and a note of every row."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import InputError
from triage.ingest import Ingested, Reject, read_traces
from triage.pipeline.stages import ingest_options
from triage.records.job import TraceState
from triage.store.database import writing
from triage.store.platforms.job_traces import Row, drop_rows, note_rows
from triage.store.platforms.jobs import Work, upload_part
from triage.store.run.traces import Admission, Incoming, Taken, admit

_CHUNK: Final = 50
"""Rows in a transaction: calls at the same time wait for it."""
UPLOAD: Final = "upload"
"""What stands for the name of a file that was uploaded."""


async def read_job(engine: Engine, work: Work, settings: Settings) -> AsyncIterator[int]:
    """Store a job's traces and note its rows; what an earlier try noted is noted anew.

    Gives how many rows were read since the last time, so that others can have their turn.

    Raises:
        InputError: There is nothing that can be read.
    """
    with writing(engine) as connection:
        drop_rows(connection, work.key)
    position = usable = 0
    first = ""
    with _input(engine, work) as file:
        items = iter(_items(file, settings, UPLOAD if work.file is None else work.file))
        while chunk := list(islice(items, _CHUNK)):
            with writing(engine) as connection:
                traces = [one for one in chunk if isinstance(one, Ingested)]
                incoming = [
                    Incoming(one.trace, one.content_hash, f"{one.file}:{one.line}")
                    for one in traces
                ]
                admissions = admit(connection, incoming, revise=work.revise)
                taken = dict(zip(map(id, traces), admissions, strict=True))
                rows = [
                    _row(position + at, one, taken.get(id(one))) for at, one in enumerate(chunk)
                ]
                note_rows(connection, work.key, rows)
            position += len(chunk)
            usable += sum(row.trace is not None for row in rows)
            first = first or next((_told(row) for row in rows if row.trace is None), "")
            yield len(chunk)
    if not usable:
        why = f"all {position} rows were rejected; {first}" if first else "there are no rows"
        raise InputError(f"no usable trace: {why}")


@contextmanager
def _input(engine: Engine, work: Work) -> Iterator[str]:
    """The name of a file with the job's input; an upload is put into one."""
    if work.file is not None:
        yield work.file
        return
    with tempfile.NamedTemporaryFile(prefix="triage-upload-") as copy:
        part = 0
        with engine.connect() as connection:
            while (body := upload_part(connection, work.key, part)) is not None:
                copy.write(body)
                part += 1
        copy.flush()
        yield copy.name


def _items(file: str, settings: Settings, name: str) -> Iterator[Ingested | Reject]:
    if not Path(file).is_file():
        raise InputError(f"{name} is not there any more")
    try:
        for item in read_traces([file], ingest_options(settings)):
            if isinstance(item, Ingested):
                yield item._replace(file=name)
            elif isinstance(item, Reject):
                yield item
    except InputError:
        return  # no usable row at all: whoever counts them says so


def _row(position: int, item: Ingested | Reject, admission: Admission | None) -> Row:
    if isinstance(item, Reject):
        return Row(position, None, item.id, TraceState.REJECTED, item.reason, item.line, item.field)
    identity = item.trace.id
    if admission is None or admission.key is None:
        why = refusal(admission.taken if admission else Taken.REFUSED)
        return Row(position, None, identity, TraceState.REJECTED, why, item.line, "id")
    return Row(position, admission.key, identity, TraceState.QUEUED, None, item.line)


def _told(row: Row) -> str:
    """A rejected row in a line."""
    place = "the input" if row.line is None else f"line {row.line}"
    return f"{place}: {row.field or 'row'} {row.why}"


def refusal(taken: Taken) -> str:
    """Why the store did not take a trace."""
    if taken is Taken.FORGOTTEN:
        return "the store was told to forget this id: revise makes it a new version"
    return "the store has other content under this id: revise makes it a new version"
