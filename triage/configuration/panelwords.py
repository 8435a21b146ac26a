"""Judges in short, one word each: `provider:model`, with prices `provider:model@input/output`."""

import re
from collections.abc import Iterable
from typing import Any, Final

from triage.errors import UsageError

_NO_PRICE: Final = re.compile(r"@([^@]*/[^@]*|-.*|\$.*|\d*\.\d*)\Z")
"""What begins like prices at the end of a model's name, and is none."""
_WORD: Final = re.compile(
    r"(?P<provider>[a-z]+):(?P<model>[^\s,]+?)(?:@(?P<input>\d+(?:\.\d+)?)/(?P<output>\d+(?:\.\d+)?))?"
)


def judges_in_short(words: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The tables that the words stand for, by the judge's name.

    A judge is named after its provider, or behind litellm after the provider that litellm names; a
    second one of the same name gets a number.

    Raises:
        UsageError: A word is in another form.
    """
    tables: dict[str, dict[str, Any]] = {}
    for word in words:
        found = _WORD.fullmatch(word.strip())
        if found is None or _NO_PRICE.search(found["model"]):
            raise UsageError(
                f"panel: {word!r} should look like provider:model or, with US dollars per million "
                "tokens in and out, provider:model@0.4/1.6"
            )
        family = found["provider"]
        if family == "litellm" and "/" in found["model"]:
            family = found["model"].partition("/")[0]
        table: dict[str, Any] = {"provider": found["provider"], "model": found["model"]}
        if found["input"]:
            table["price"] = {"input": float(found["input"]), "output": float(found["output"])}
        name, number = family, 1
        while name in tables:
            number += 1
            name = f"{family}-{number}"
        tables[name] = table
    return tables
