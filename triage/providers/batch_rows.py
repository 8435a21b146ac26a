"""The lines of a batch's results, as they come: one that is broken does not cost the others."""

from typing import Any

import orjson


def named_row(line: bytes) -> tuple[str, dict[str, Any]] | None:
    """The request's name in a line of results, and all that the line says; None if it has none."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    name = row.get("custom_id") if isinstance(row, dict) else None
    return (name, row) if isinstance(name, str) else None
