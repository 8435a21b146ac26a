"""Reading single fields of a row: each helper returns a clean value or names what is wrong."""

from typing import Final

from triage.ingest.items import RowError

_EXACT: Final = 2**53
"""From here on a whole number read as a float may have lost digits."""


def text(row: dict[str, object], field: str, limit: int) -> str | None:
    """A text; None if absent."""
    value = row.get(field)
    if value is not None and not isinstance(value, str):
        raise RowError(field, f"is {kind(value)}, not a text")
    return as_text(value, field, limit)


def answer(row: dict[str, object], field: str, limit: int) -> str | None:
    """A text or a number written as text; None if absent."""
    return as_text(row.get(field), field, limit)


def as_text(value: object, path: str, limit: int) -> str | None:
    """A text of at most `limit` characters, or a number's text; None stays None.

    Raises:
        RowError: It is something else, too long, or a number that JSON cannot carry exactly.
    """
    if value is None:
        return None
    if isinstance(value, str):
        if len(value) > limit:
            raise RowError(path, f"has {len(value)} characters, more than {limit}")
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowError(path, f"is {kind(value)}, not a text")
    if isinstance(value, float) and abs(value) >= _EXACT:
        raise RowError(path, "is too long a number to be kept exactly: write it as a text")
    return str(value)


def name(row: dict[str, object], field: str, limit: int) -> str | None:
    """A name: a text or number without surrounding blanks; None if absent or empty."""
    found = answer(row, field, limit)
    return (found.strip() or None) if found is not None else None


def texts(row: dict[str, object], field: str, limit: int) -> list[str] | None:
    """A list of texts; None if absent."""
    value = row.get(field)
    if value is None:
        return None
    found: list[str] = []
    for at, item in enumerate(as_list(value, field)):
        if not isinstance(item, str):
            raise RowError(f"{field}[{at}]", f"is {kind(item)}, not a text")
        if len(item) > limit:
            raise RowError(f"{field}[{at}]", f"has {len(item)} characters, more than {limit}")
        found.append(item)
    return found


def answers(row: dict[str, object], field: str, limit: int) -> list[str] | None:
    """A list of texts or numbers written as texts; None if absent."""
    value = row.get(field)
    if value is None:
        return None
    found: list[str] = []
    for at, item in enumerate(as_list(value, field)):
        one = as_text(item, f"{field}[{at}]", limit)
        if one is None:
            raise RowError(f"{field}[{at}]", "is null, not a text")
        found.append(one)
    return found


def flag(row: dict[str, object], field: str, path: str) -> bool | None:
    """True or false; None if absent."""
    value = row.get(field)
    if value is None or isinstance(value, bool):
        return value
    raise RowError(path, f"is {kind(value)}, not true or false")


def as_list(value: object, path: str) -> list[object]:
    """A list as it is.

    Raises:
        RowError: It is something else.
    """
    if not isinstance(value, list):
        raise RowError(path, f"is {kind(value)}, not a list")
    return value


def as_object(value: object, path: str) -> dict[str, object]:
    """An object as it is.

    Raises:
        RowError: It is something else.
    """
    if not isinstance(value, dict):
        raise RowError(path, f"is {kind(value)}, not an object")
    return value


def per_step(row: dict[str, object], field: str, path: str, steps: int) -> list[object] | None:
    """A list with one entry a step; None if absent.

    Raises:
        RowError: It is no list or has another length.
    """
    value = row.get(field)
    if value is None:
        return None
    found = as_list(value, path)
    if len(found) != steps:
        raise RowError(path, f"has {len(found)} entries for {steps} steps")
    return found


def kind(value: object) -> str:
    """What a JSON value is, in words for a message."""
    names = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
