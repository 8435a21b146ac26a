"""Ways to ask a model; each is imported only when it is used."""

from triage.providers.base import Ask, BatchProvider, BatchState, Finish, Provider, Reply, Usage
from triage.providers.table import PROVIDERS, open_batches, open_provider

__all__ = [
    "PROVIDERS",
    "Ask",
    "BatchProvider",
    "BatchState",
    "Finish",
    "Provider",
    "Reply",
    "Usage",
    "open_batches",
    "open_provider",
]
