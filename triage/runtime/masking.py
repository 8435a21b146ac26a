"""Keeps passwords and keys out of what people and logs get to read."""

import re
from typing import Any, Final

HIDDEN: Final = "***"

_IN_URL: Final = re.compile(r"(?<=://)([^:/@\s]*):\S*@")
# greedy on purpose: a password may itself hold an @, and hiding too much harms nobody
_NAMES: Final = (
    "pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|private)?[_-]?key"
)
_IN_QUERY: Final = re.compile(rf"([?&;\s][\w-]*(?:{_NAMES})=)[^&;\s]+", re.IGNORECASE)
_SECRET_NAME: Final = re.compile(rf"(?:^|[._-])(?:{_NAMES})$", re.IGNORECASE)


def masked(text: str) -> str:
    """The text with the passwords of URLs and of `password=...` pairs hidden."""
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_URL.sub(rf"\1:{HIDDEN}@", text))


def masked_value(name: str, value: Any) -> Any:
    """A setting's value as it may be shown: hidden where its name says that it is a secret."""
    if isinstance(value, dict):
        return {key: masked_value(f"{name}.{key}", one) for key, one in value.items()}
    if value is not None and _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, (list, tuple)):
        return [masked_value(name, one) for one in value]
    return masked(value) if isinstance(value, str) else value
