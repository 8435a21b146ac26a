"""Reads a panel out of the settings, and says of every judge that is not right what to write."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from triage.errors import UsageError
from triage.judging.panel import Judge, Price

_SHOULD: Final = {
    "name": "a judge's name is made of small letters, digits, '.', '_' and '-'",
    "key_env": "it should be the name of an environment variable that holds the key, not the key",
    "price": "it should be like { input = 0.4, output = 1.6 }, US dollars per million tokens",
}
"""What is said of these whatever is wrong with them; the value of a key is never repeated."""
_LACKING: Final = {
    "provider": "say who is asked: 'openai', 'anthropic', or 'litellm' for all others",
    "model": "give the provider's name for it",
    "input": "US dollars per million tokens that are sent; 0 for a model of your own",
    "output": "US dollars per million tokens that come back; 0 for a model of your own",
}
_KEYS: Final = frozenset({"key", "api_key", "apikey", "token", "secret"})


def read_panel(settings: Mapping[str, Any]) -> tuple[Judge, ...]:
    """The judges in a `[judges]` table, by name.

    Raises:
        UsageError: A judge is not configured right; says which, where and how.
    """
    judges: list[Judge] = []
    for name, table in sorted(settings.items()):
        if not isinstance(table, Mapping):
            raise UsageError(f"judges.{name}: a table is expected, like [judges.{name}]")
        try:
            judge = Judge.model_validate({**table, "name": name})
        except ValidationError as wrong:
            told = dict.fromkeys(_told(name, one) for one in wrong.errors())
            raise UsageError("; ".join(told)) from wrong
        for other in judges:
            if other.asks == judge.asks:
                raise UsageError(
                    f"judges.{name} asks just what judges.{other.name} asks, and would only repeat "
                    "its answers: leave one out, or give one of them more samples"
                )
        judges.append(judge)
    return tuple(judges)


def _told(name: str, error: ErrorDetails) -> str:
    path = [str(part) for part in error["loc"]]
    where, last = ".".join(["judges", name, *path]), path[-1]
    if path == ["name"]:
        return f"judges.{name}: {_SHOULD['name']}"
    if error["type"] == "missing":
        return f"{where} is missing: {_LACKING.get(last, 'give it')}"
    if error["type"] == "extra_forbidden":
        return f"{where} is no setting of a judge: {_instead(path)}"
    if path in (["key_env"], ["price"]):
        return f"{where} is not right: {_SHOULD[last]}"
    said = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "it should")
    said = said.replace("String should", "it should")
    if error["type"] == "value_error":
        return f"{where}: {said}"
    more = "; any other provider is asked through litellm" if last == "provider" else ""
    return f"{where} is {error['input']!r}: {said}{more}"


def _instead(path: list[str]) -> str:
    last, form = path[-1], Price if path[0] == "price" else Judge
    if last.lower() in _KEYS:
        return "put the key into an environment variable, and its name into key_env"
    known = [field for field in form.model_fields if field != "name"]
    near = get_close_matches(last, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
