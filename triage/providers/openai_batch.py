"""OpenAI's batches: a file of requests in, files of replies and errors out, within 24 hours."""

import json
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

import openai
from openai.types import Batch
from pydantic import BaseModel, JsonValue

from triage.providers.base import Ask, BatchState, Reply
from triage.providers.batch_rows import named_row
from triage.providers.errors import (
    BatchRefusedError,
    BrokenOffError,
    ExpiredError,
    ProviderError,
    from_sdk,
    from_status,
)
from triage.providers.openai import Completion, address, body_of, client, reply_of

_MARK = "triage"
_CLOCKS_DIFFER_SECONDS = 600.0
_ENDED = {"completed", "expired", "cancelled"}


class _Error(BaseModel):
    message: str | None = None


class _Response(BaseModel):
    status_code: int
    body: JsonValue = None


class _Row(BaseModel):
    response: _Response | None = None
    error: _Error | None = None


class OpenAIBatches:
    """Hands in batches and fetches them."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._client = client(url, key)
        self._hosted = address(url) is None

    async def submit(self, asks: Mapping[str, Ask], mark: str) -> str:
        """Hand in requests by name; gives the batch's id."""
        lines = [
            json.dumps(
                {
                    "custom_id": name,
                    "method": "POST",
                    "url": "/v1/chat/completions",
                    "body": body_of(ask, hosted=self._hosted),
                }
            )
            for name, ask in asks.items()
        ]
        data = "\n".join(lines).encode()
        try:
            sent = await self._client.files.create(file=("requests.jsonl", data), purpose="batch")
            batch = await self._client.batches.create(
                input_file_id=sent.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={_MARK: mark},
            )
        except openai.OpenAIError as error:
            raise from_sdk(error) from error
        return batch.id

    async def look_for(self, mark: str, _names: Collection[str], since: float) -> list[str]:
        """The batch with this mark, if there is one."""
        try:
            async for batch in self._client.batches.list(limit=100):
                if batch.created_at < since - _CLOCKS_DIFFER_SECONDS:
                    break  # they come newest first
                if (batch.metadata or {}).get(_MARK) == mark:
                    return [batch.id]
        except openai.OpenAIError as error:
            raise from_sdk(error) from error
        return []

    async def state(self, batch: str) -> BatchState:
        """Look how a batch stands."""
        try:
            found = await self._client.batches.retrieve(batch)
        except openai.OpenAIError as error:
            raise from_sdk(error) from error
        if found.status == "failed":
            raise BatchRefusedError(_why(found))
        return BatchState.ENDED if found.status in _ENDED else BatchState.RUNNING

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Reply | ProviderError]]:
        """Give name and outcome of every request; those in neither file were not answered."""
        try:
            found = await self._client.batches.retrieve(batch)
            for name in (found.output_file_id, found.error_file_id):
                if name is None:
                    continue
                content = await self._client.files.content(name)
                # not by splitlines: a reply may hold other signs that end lines
                for line in content.content.split(b"\n"):
                    if (named := named_row(line)) is not None:
                        yield named[0], _outcome(named[1])
        except openai.OpenAIError as error:
            raise from_sdk(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _why(batch: Batch) -> str:
    told = batch.errors.data if batch.errors and batch.errors.data else []
    said = "; ".join(f"{one.code}: {one.message}" for one in told[:3])
    return f"batch {batch.id} was refused: {said[:300] or 'the provider does not say why'}"


def _outcome(given: dict[str, Any]) -> Reply | ProviderError:
    try:
        row = _Row.model_validate(given)
        if row.error is not None:
            return ExpiredError(row.error.message or "the request was not executed")
        if row.response is None:
            return BrokenOffError("a result without a response")
        if row.response.status_code != 200:
            return from_status(row.response.status_code, _words(row.response.body))
        return reply_of(Completion.model_validate(row.response.body))
    except BrokenOffError as error:
        return error
    except ValueError as error:
        return BrokenOffError(f"a result in another form: {' '.join(str(error).split())[:300]}")


def _words(body: JsonValue) -> str:
    """What the provider says of an error, in its own words where they are where they belong."""
    inner = body.get("error") if isinstance(body, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return message if isinstance(message, str) else json.dumps(body)


def connect(*, url: str | None, key: str | None) -> OpenAIBatches:
    """Make batches for the table."""
    return OpenAIBatches(url, key)
