"""Writes the rows of an export: JSON Lines or Parquet, to a file or to standard output."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from triage.errors import MissingExtraError
from triage.export.columns import Column, Kind
from triage.export.files import json_lines, whole

Write = Callable[[Mapping[str, Any]], None]

PARQUET: Final = frozenset({".parquet", ".pq"})
_BATCH: Final = 1_000
"""Rows that are gathered for one batch of a Parquet file."""


@contextmanager
def rows_to(out: Path | None, columns: Sequence[Column]) -> Iterator[Write]:
    """Open an export: what is given back takes one row at a time and keeps few of them in memory.

    A file appears whole or not at all. Its name tells its form: `.parquet` is Parquet with one
    schema whatever the rows hold, `.gz` gzipped JSON Lines, everything else JSON Lines.

    Args:
        out: The file; standard output if None or `-`.
        columns: The columns, in order; every row has all of them.

    Raises:
        UsageError: The folder can't be written to.
        MissingExtraError: Parquet without pyarrow.
    """
    if out is None or str(out) == "-":
        yield _json_writer(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    elif out.suffix.lower() in PARQUET:
        with _parquet(out, columns) as write:
            yield write
    else:
        with json_lines(out) as stream:
            yield _json_writer(stream)


def _json_writer(stream: BinaryIO) -> Write:
    def write(row: Mapping[str, Any]) -> None:
        stream.write(orjson.dumps(row) + b"\n")

    return write


@contextmanager
def _parquet(out: Path, columns: Sequence[Column]) -> Iterator[Write]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("writing Parquet", "parquet") from None
    types = {
        Kind.TEXT: pa.string(),
        Kind.NUMBER: pa.int64(),
        Kind.FLOAT: pa.float64(),
        Kind.FLAG: pa.bool_(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.NUMBERS: pa.list_(pa.int64()),
        Kind.FLOATS: pa.list_(pa.float64()),
        Kind.FLAGS: pa.list_(pa.bool_()),
        Kind.JSON: pa.string(),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])
    nested = [column.name for column in columns if column.kind is Kind.JSON]
    waiting: list[dict[str, Any]] = []
    with whole(out) as part, parquet.ParquetWriter(part, schema, compression="zstd") as writer:

        def flush() -> None:
            writer.write_batch(pa.RecordBatch.from_pylist(waiting, schema=schema))
            waiting.clear()

        def write(row: Mapping[str, Any]) -> None:
            texts = {name: _json_text(row[name]) for name in nested}
            waiting.append({**row, **texts})
            if len(waiting) >= _BATCH:
                flush()

        yield write
        flush()


def _json_text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
