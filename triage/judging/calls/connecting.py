"""From a judge's configuration to a connection with its provider."""

import os

from triage.errors import UsageError
from triage.judging.panel import Judge
from triage.providers import Provider, open_provider


def connect_judge(judge: Judge) -> Provider:
    """Open the judge's provider."""
    return open_provider(judge.provider, url=judge.url, key=key_of(judge))


def key_of(judge: Judge) -> str | None:
    """The key that the judge's configuration names; None leaves it to the provider's usual one.

    Raises:
        UsageError: The environment variable for the key is not set.
    """
    if judge.key_env is None:
        return None
    if key := os.environ.get(judge.key_env):
        return key
    raise UsageError(f"judges.{judge.name}: set the environment variable {judge.key_env}")
