"""Anthropic's message batches, answered within 24 hours at half the price."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, cast

import anthropic
from anthropic.types.messages.batch_create_params import Request
from pydantic import BaseModel

from triage.providers.anthropic import Said, body_of, client, reply_of, sampling_of
from triage.providers.base import Ask, BatchState, Reply
from triage.providers.batch_rows import named_row
from triage.providers.errors import (
    BrokenOffError,
    ExpiredError,
    ProviderError,
    TroubleError,
    from_sdk,
    from_status,
)

_CLOCKS_DIFFER_SECONDS = 600.0
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
}


class _Kind(BaseModel):
    type: str
    message: str = ""


class _Error(BaseModel):
    error: _Kind


class _Result(BaseModel):
    type: str
    message: Said | None = None
    error: _Error | None = None


class _Row(BaseModel):
    result: _Result


class AnthropicBatches:
    """Hands in batches and fetches them."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._client = client(url, key)

    async def submit(self, asks: Mapping[str, Ask], _mark: str) -> str:
        """Hand in requests by name; gives the batch's id."""
        requests = [
            {"custom_id": name, "params": body_of(ask) | sampling_of(ask)}
            for name, ask in asks.items()
        ]
        try:
            batch = await self._client.messages.batches.create(
                requests=cast("list[Request]", requests)
            )
        except anthropic.AnthropicError as error:
            raise from_sdk(error) from error
        return batch.id

    async def look_for(self, _mark: str, names: Collection[str], since: float) -> list[str]:
        """Batches of the same size that were handed in since; Anthropic keeps no marks."""
        found = []
        try:
            async for batch in self._client.messages.batches.list(limit=100):
                if batch.created_at.timestamp() < since - _CLOCKS_DIFFER_SECONDS:
                    break  # they come newest first
                counts = batch.request_counts
                total = counts.processing + counts.succeeded + counts.errored
                if total + counts.canceled + counts.expired == len(names):
                    found.append(batch.id)
        except anthropic.AnthropicError as error:
            raise from_sdk(error) from error
        return found

    async def state(self, batch: str) -> BatchState:
        """Look how a batch stands."""
        try:
            found = await self._client.messages.batches.retrieve(batch)
        except anthropic.AnthropicError as error:
            raise from_sdk(error) from error
        return BatchState.ENDED if found.processing_status == "ended" else BatchState.RUNNING

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Reply | ProviderError]]:
        """Give name and outcome of every request."""
        try:
            found = await self._client.messages.batches.retrieve(batch)
            # the whole text at once: the SDK's stream stops for good at a line that is broken
            text = await self._client.get(found.results_url or "", cast_to=str)
        except anthropic.AnthropicError as error:
            raise from_sdk(error) from error
        for line in text.split("\n"):
            if (named := named_row(line.encode())) is not None:
                yield named[0], _outcome(named[1])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _outcome(given: dict[str, Any]) -> Reply | ProviderError:
    try:
        result = _Row.model_validate(given).result
    except ValueError as error:
        return BrokenOffError(f"a result in another form: {' '.join(str(error).split())[:300]}")
    match result:
        case _Result(type="succeeded", message=Said() as said):
            return reply_of(said)
        case _Result(type="errored", error=_Error() as inner):
            kind, said_so = inner.error.type, f"{inner.error.type}: {inner.error.message}"
            status = _STATUS.get(kind)
            return from_status(status, said_so) if status else TroubleError(said_so)
        case _Result(type="expired" | "canceled"):
            return ExpiredError(f"the request was {result.type}")
    return BrokenOffError(f"a result of the kind {result.type[:100]!r} without what it needs")


def connect(*, url: str | None, key: str | None) -> AnthropicBatches:
    """Make batches for the table."""
    return AnthropicBatches(url, key)
