"""Keys given twice in one JSON object: parsers differ in which of the two counts, so none does."""

import json
import re
from collections.abc import Sequence
from typing import Final, TypeVar

from triage.ingest.items import RowError

Value = TypeVar("Value")

DEEPEST: Final = 1024
"""Levels beyond which no parser here reads."""

_KEY_END: Final = re.compile(rb'"[ \t\r\n]*+:')


def refuse_doubled(raw: bytes, keys: int) -> None:
    """Refuse JSON in which an object has a key twice; what holds none is not parsed again.

    Args:
        raw: The JSON, which some parser has read.
        keys: How many keys it found; see `count_keys`.

    Raises:
        RowError: Naming the key.
    """
    # a quote with a colon behind it ends a key or stands in a text: a bound that is seldom passed
    if sum(1 for _ in _KEY_END.finditer(raw)) > keys:
        try:
            json.loads(raw, object_pairs_hook=once)
        except RecursionError:
            raise RowError(None, "is nested too deep") from None


def once(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """An object of its keys and values, as a parser hands them on.

    Raises:
        RowError: Naming a key that is given twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RowError(key, "is given twice")
            seen.add(key)
    return found


def count_keys(value: object, depth: int = DEEPEST) -> int:
    """How many keys all objects of a parsed value have together.

    Raises:
        RowError: It is nested deeper than `depth`.
    """
    keys = 0
    level: list[object] = [value]
    for _ in range(depth):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                keys += len(item)
                below += [inner for inner in item.values() if isinstance(inner, (dict, list))]
            elif isinstance(item, list):
                below += [inner for inner in item if isinstance(inner, (dict, list))]
        if not below:
            return keys
        level = below
    raise RowError(None, f"is nested deeper than {depth} levels")
