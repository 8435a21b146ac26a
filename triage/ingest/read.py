"""Reading inputs of any form into traces, one at a time."""

import zlib
from collections.abc import Iterator, Sequence

from triage.errors import InputError
from triage.ingest.files.jsonfiles import read_json
from triage.ingest.files.parquet import read_parquet
from triage.ingest.files.sources import Source, find_inputs, open_source
from triage.ingest.items import Flaw, Frame, Ingested, Item, Reject, Repeat, RowError
from triage.ingest.options import IngestOptions
from triage.ingest.rows.decode import decode
from triage.ingest.rows.identity import SeenIds
from triage.ingest.rows.normalise import normalise


def read_traces(inputs: Sequence[str], options: IngestOptions | None = None) -> Iterator[Item]:
    """Read traces from files, patterns (`data/*.jsonl`) or `-` for standard input.

    JSON Lines, a JSON array and Parquet, each also behind gzip, are told apart by content. Memory
    stays flat: one row is held at a time. Every row yields one item, in input order: a trace, a
    repeat of an earlier one, or a reject that says what is wrong; nothing stops the rest.

    Raises:
        InputError: At once if an input does not exist; at the end if no row at all was usable.
        MissingExtraError: On the first Parquet file if pyarrow is not installed.
    """
    return _read_all(find_inputs(inputs), options or IngestOptions())


def read_row(raw: bytes, options: IngestOptions, file: str, line: int) -> Ingested | Reject:
    """Read one trace from its JSON.

    Args:
        file: What is told of where it came from.
    """
    row: dict[str, object] = {}
    try:
        row = decode(raw, options.limits.depth)
        trace, content = normalise(row, options)
    except RowError as why:
        given = row.get("id")
        row_id = str(given)[:200] if isinstance(given, (str, int)) else None
        return Reject(file=file, line=line, field=why.field, reason=why.reason, id=row_id)
    return Ingested(trace, content, file, line)


def _read_all(files: list[str], options: IngestOptions) -> Iterator[Item]:
    usable = rejected = 0
    first: Reject | None = None
    with SeenIds() as seen:
        for file in files:
            for item in _read_file(file, options, seen):
                if isinstance(item, Reject):
                    rejected += 1
                    first = first or item
                else:
                    usable += 1
                yield item
    if not usable:
        why = f"all {rejected} rows were rejected; {first.told}" if first else "there are no rows"
        raise InputError(f"no usable trace in {', '.join(files)}: {why}")


def _read_file(file: str, options: IngestOptions, seen: SeenIds) -> Iterator[Item]:
    line: int | None = None
    try:
        with open_source(file) as source:
            for frame in _frames(source, options):
                line = frame.line
                if isinstance(frame, Flaw):
                    yield Reject(file=file, line=line, field=frame.field, reason=frame.reason)
                else:
                    yield _item(frame, file, options, seen)
    except (OSError, EOFError, zlib.error) as why:
        place = "from its beginning" if line is None else f"after line {line}"
        reason = f"cannot be read {place} on: {why}"
        yield Reject(file=file, line=None if line is None else line + 1, field=None, reason=reason)


def _frames(source: Source, options: IngestOptions) -> Iterator[Frame | Flaw]:
    if source.is_parquet:
        return read_parquet(source.stream)
    if source.is_utf16:
        return iter((Flaw(None, "is UTF-16: save it as UTF-8"),))
    return read_json(source.stream, options.limits.row_bytes)


def _item(frame: Frame, file: str, options: IngestOptions, seen: SeenIds) -> Item:
    item = read_row(frame.raw, options, file, frame.line)
    if isinstance(item, Reject):
        return item
    identity = item.trace.id
    same = seen.same_content(identity, item.content_hash)
    if same is None:
        return item
    if same:
        return Repeat(identity, file, frame.line)
    reason = "was given to another trace before, with other content"
    return Reject(file=file, line=frame.line, field="id", reason=reason, id=identity)
