"""What a provider is: one question in, one reply out, errors translated at the border."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from triage.providers.errors import ProviderError


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a model, in no provider's form.

    Attributes:
        parts: The user's message in pieces; all but the last are the same for many requests.
        schema: JSON schema of the reply, without numeric limits: not every provider takes them.
        seed: Tells samples of one question apart, where the provider has such a thing.
        logprobs: Ask for the probabilities of the reply's tokens, where they exist.
    """

    model: str
    system: str
    parts: tuple[str, ...]
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float | None = None
    seed: int | None = None
    logprobs: bool = False

    @property
    def user(self) -> str:
        """The user's message in one piece."""
        return "\n\n".join(self.parts)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; the four kinds do not overlap and each has its own price."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Finish(StrEnum):
    """Why a reply ended."""

    DONE = "done"
    CUT = "cut"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said.

    Attributes:
        usage: None where the endpoint does not count: the call is booked at its worst case.
        tokens: The reply's tokens, each with the natural logarithm of its probability; empty where
            the provider has none.
    """

    text: str
    finish: Finish
    usage: Usage | None
    model: str
    tokens: tuple[tuple[str, float], ...] = ()


class Provider(Protocol):
    """A way to ask one endpoint."""

    async def ask(self, ask: Ask) -> Reply:
        """Send one request, once.

        Raises:
            ProviderError: There is no reply; the error's type says who must act.
        """
        ...

    async def check(self, model: str) -> None:
        """See that the endpoint answers, takes the key and knows the model; nothing is judged.

        Raises:
            ProviderError: What is wrong, as the first call would find it.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class BatchState(StrEnum):
    """How a batch stands."""

    RUNNING = "running"
    ENDED = "ended"
    """Its results can be fetched; some requests may have failed or expired."""


class BatchProvider(Protocol):
    """A way to have many requests answered later, at a lower price."""

    async def submit(self, asks: Mapping[str, Ask], mark: str) -> str:
        """Hand in requests by name (at most 64 letters, digits and dashes); gives the batch's id.

        Args:
            asks: The requests.
            mark: Put on the batch where the provider has a place for it, to find it by.

        Raises:
            ProviderError: The batch was not taken.
        """
        ...

    async def look_for(self, mark: str, names: Collection[str], since: float) -> list[str]:
        """Batches handed in since a moment that may be the one with this mark and these requests.

        Whether one is can be told by the names in its results where the provider has no marks.

        Args:
            mark: The batch's mark.
            names: The names of its requests.
            since: Seconds since 1970.
        """
        ...

    async def state(self, batch: str) -> BatchState:
        """Look how a batch stands.

        Raises:
            BatchRefusedError: It was refused as a whole; nothing was answered.
            ModelUnknownError: The endpoint knows no such batch under this key.
        """
        ...

    def results(self, batch: str) -> AsyncIterator[tuple[str, Reply | ProviderError]]:
        """Give name and outcome of every request of an ended batch, in any order.

        Lines that cannot be read are left out, and names are given as they came: twice, or of no
        request at all.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
