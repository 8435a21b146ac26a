"""The table of providers: a name, the module that serves it and the extra it needs."""

import importlib
from typing import Final, cast

from triage.errors import MissingExtraError, UsageError
from triage.providers.base import BatchProvider, Provider

PROVIDERS: Final = {
    "openai": "triage.providers.openai",
    "anthropic": "triage.providers.anthropic",
    "litellm": "triage.providers.litellm",
}
_BATCHES: Final = {
    "openai": "triage.providers.openai_batch",
    "anthropic": "triage.providers.anthropic_batch",
}


def open_provider(name: str, *, url: str | None = None, key: str | None = None) -> Provider:
    """Connect to a provider; nothing is sent yet.

    Args:
        name: One of `PROVIDERS`.
        url: Another endpoint of the same form, e.g. a vLLM or Ollama server.
        key: The API key; None takes the one the provider's own environment variable holds.

    Raises:
        UsageError: There is no such provider, or no key.
        MissingExtraError: Its library is not installed.
    """
    return cast("Provider", _open(PROVIDERS, name, url, key))


def open_batches(name: str, *, url: str | None = None, key: str | None = None) -> BatchProvider:
    """Connect to a provider's batches; the arguments are those of `open_provider`."""
    return cast("BatchProvider", _open(_BATCHES, name, url, key))


def _open(table: dict[str, str], name: str, url: str | None, key: str | None) -> object:
    if name not in table:
        raise UsageError(f"no provider {name!r} here: choose one of {', '.join(table)}")
    try:
        return importlib.import_module(table[name]).connect(url=url, key=key)
    except ImportError as missing:
        raise MissingExtraError(f"the provider {name!r}", "judges") from missing
