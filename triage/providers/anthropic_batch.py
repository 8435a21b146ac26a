"""Anthropic's message batches, answered within 24 hours at half the price."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import cast

import anthropic
from anthropic.types.messages import MessageBatchIndividualResponse
from anthropic.types.messages.batch_create_params import Request

from triage.providers.anthropic import Said, body_of, client, reply_of, sampling_of
from triage.providers.base import Ask, BatchState, Reply
from triage.providers.errors import ExpiredError, ProviderError, TroubleError, from_sdk, from_status

_CLOCKS_DIFFER_SECONDS = 600.0
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
}


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
            async for row in await self._client.messages.batches.results(batch):
                yield row.custom_id, _outcome(row)
        except anthropic.AnthropicError as error:
            raise from_sdk(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _outcome(row: MessageBatchIndividualResponse) -> Reply | ProviderError:
    result = row.result
    if result.type == "succeeded":
        return reply_of(Said.model_validate(result.message.model_dump()))
    if result.type == "errored":
        kind = result.error.error.type
        status = _STATUS.get(kind)
        return from_status(status, kind) if status else TroubleError(kind)
    return ExpiredError(f"the request was {result.type}")


def connect(*, url: str | None, key: str | None) -> AnthropicBatches:
    """Make batches for the table."""
    return AnthropicBatches(url, key)
