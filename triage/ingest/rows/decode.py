"""From the bytes of one JSON value to an object, strictly: what JSON leaves open is refused."""

import re
from typing import Final

import orjson

from triage.ingest.items import RowError
from triage.ingest.keys import count_keys, refuse_doubled
from triage.ingest.rows.fields import kind

_PLACE: Final = re.compile(r": line (\d+) column (\d+) \(char \d+\)$")


def decode(raw: bytes, depth: int) -> dict[str, object]:
    """Parse one trace.

    Refuses what is not UTF-8 or not JSON (NaN, infinities and lone surrogates included), NUL
    characters, keys given twice, and nesting deeper than `depth`.

    Raises:
        RowError: With the reason, and the field where one is to blame.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as why:
        raise RowError(None, _syntax_reason(raw, why)) from None
    if not isinstance(value, dict):
        raise RowError(None, f"is {kind(value)}, not an object")
    refuse_doubled(raw, count_keys(value, depth))
    if b"\\u0000" in raw:
        refuse_nul(value)
    return value


def refuse_nul(value: dict[str, object]) -> None:
    """Refuse a row that holds a NUL character anywhere: stores and pages can't keep it.

    Raises:
        RowError: Naming the field.
    """
    open_values: list[tuple[str, object]] = list(value.items())
    if any("\0" in key for key in value):
        raise RowError(None, "a field's name holds a NUL character")
    while open_values:
        path, item = open_values.pop()
        if isinstance(item, str) and "\0" in item:
            raise RowError(path, "holds a NUL character")
        if isinstance(item, list):
            open_values.extend((f"{path}[{at}]", inner) for at, inner in enumerate(item))
        elif isinstance(item, dict):
            if any("\0" in key for key in item):
                raise RowError(path, "a key holds a NUL character")
            open_values.extend((f"{path}.{key}", inner) for key, inner in item.items())


def _syntax_reason(raw: bytes, why: orjson.JSONDecodeError) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return f"is not UTF-8: byte 0x{raw[bad.start]:02x} at offset {bad.start}"
    if b"\0" in raw:
        return f"holds a NUL byte at offset {raw.index(0)}"
    return "is not JSON: " + _PLACE.sub(r" (line \1, column \2 of the row)", str(why))
