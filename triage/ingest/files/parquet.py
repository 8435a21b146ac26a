"""Parquet: rows of a file, a batch at a time, in the JSON form that all readers share."""

import io
from collections.abc import Iterator
from typing import Final

import orjson

from triage.errors import MissingExtraError
from triage.ingest.items import Flaw, Frame, RowError
from triage.ingest.keys import count_keys, refuse_doubled

_BATCH: Final = 128
_NESTED: Final = ("human", "proposals", "judges", "metadata")
"""Columns that writers without nested types keep as JSON text."""


def read_parquet(stream: io.BufferedReader) -> Iterator[Frame | Flaw]:
    """Read a Parquet file row by row; `line` is the 1-based row.

    Not-a-number becomes null, and what JSON has no form for (dates, decimals) its text.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("reading Parquet", "parquet") from None
    row = 0
    try:
        file = parquet.ParquetFile(stream, buffer_size=1 << 20, pre_buffer=False)
        for batch in file.iter_batches(batch_size=_BATCH):
            for at in range(batch.num_rows):
                row += 1
                try:
                    yield Frame(row, _as_json(batch.slice(at, 1).to_pylist()[0]))
                except UnicodeDecodeError as bad:
                    yield Flaw(row, f"is not UTF-8: byte 0x{bad.object[bad.start]:02x}")
                except RowError as why:
                    yield Flaw(row, why.reason, why.field)
    except (pa.ArrowException, OSError) as why:
        yield Flaw(row + 1, f"the Parquet file cannot be read from here on: {why}")


def _as_json(values: dict[str, object]) -> bytes:
    for name in _NESTED:
        text = values.get(name)
        if isinstance(text, str):
            try:
                values[name] = value = orjson.loads(text)
            except orjson.JSONDecodeError as why:
                raise RowError(name, f"is a text, but no JSON: {why.msg}") from None
            try:
                refuse_doubled(text.encode(), count_keys(value))
            except RowError as why:
                raise RowError(f"{name}.{why.field}" if why.field else name, why.reason) from None
    try:
        return orjson.dumps(values, default=_text, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as why:
        raise RowError(None, f"holds what JSON cannot carry: {why}") from None


def _text(value: object) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
