"""Anthropic's messages, with structured output and prompt caching."""

import os
from typing import Any

import anthropic
import orjson
from anthropic import AsyncAnthropic, DefaultAioHttpClient, RequestOptions
from pydantic import BaseModel

from triage.errors import UsageError
from triage.providers.base import Ask, Finish, Reply, Usage
from triage.providers.errors import from_sdk

_SERVED_SECONDS = 900.0
_OPTIONS: RequestOptions = {"max_retries": 0, "timeout": _SERVED_SECONDS}
"""The client's own: what a call does not name, the SDK copies deeply for it."""
_CACHED = {"cache_control": {"type": "ephemeral"}}


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class Said(BaseModel):
    """What is read of a message."""

    content: tuple[_Block, ...]
    stop_reason: str | None = None
    usage: _Usage
    model: str = ""


class _Model(BaseModel):
    id: str


def client(url: str | None, key: str | None) -> AsyncAnthropic:
    """A client that never retries by itself, on a transport that carries many calls at once.

    Raises:
        UsageError: No key is at hand.
    """
    key = key or os.environ.get("ANTHROPIC_API_KEY")
    if not key:
        raise UsageError("no key for Anthropic: set ANTHROPIC_API_KEY, or the judge's key_env")
    return AsyncAnthropic(
        api_key=key,
        base_url=url,
        max_retries=0,
        timeout=_SERVED_SECONDS,
        http_client=DefaultAioHttpClient(),
    )


def body_of(ask: Ask) -> dict[str, Any]:
    """The request in Anthropic's form; what many requests share is marked for the cache."""
    shared, last = ask.parts[:-1], ask.parts[-1]
    content: list[dict[str, Any]] = [{"type": "text", "text": part} for part in shared]
    if content:
        content[-1] |= _CACHED
    body: dict[str, Any] = {
        "model": ask.model,
        "system": [{"type": "text", "text": ask.system, **_CACHED}],
        "messages": [{"role": "user", "content": [*content, {"type": "text", "text": last}]}],
        "max_tokens": ask.max_tokens,
        "output_config": {"format": {"type": "json_schema", "schema": dict(ask.schema)}},
    }
    return body


def sampling_of(ask: Ask) -> dict[str, Any]:
    """How to sample; beside the body, because not every version of the SDK knows these names."""
    return {} if ask.temperature is None else {"temperature": ask.temperature}


def reply_of(said: Said) -> Reply:
    """The reply out of a message."""
    finish = {
        "max_tokens": Finish.CUT,
        "model_context_window_exceeded": Finish.CUT,
        "refusal": Finish.REFUSED,
    }.get(said.stop_reason or "", Finish.DONE)
    usage = said.usage
    return Reply(
        text="".join(block.text for block in said.content if block.type == "text"),
        finish=finish,
        usage=Usage(
            input=usage.input_tokens,
            output=usage.output_tokens,
            cache_read=usage.cache_read_input_tokens or 0,
            cache_write=usage.cache_creation_input_tokens or 0,
        ),
        model=said.model,
    )


class AnthropicProvider:
    """Asks messages."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._client = client(url, key)
        # the SDK loads its parts when they are named: better now than while other answers wait
        _ = self._client.messages
        # whole, as the SDK would put it together for every call
        self._url = str(self._client.base_url).rstrip("/") + "/v1/messages"

    async def ask(self, ask: Ask) -> Reply:
        """Send one request, once."""
        body = body_of(ask) | sampling_of(ask)
        try:
            # as bytes out and as text in: else the SDK walks through the body, the schema and the
            # reply, a third of the time that a call takes
            content = orjson.dumps(body)
            text = await self._client.post(
                self._url, content=content, cast_to=str, options=_OPTIONS
            )
            return reply_of(Said.model_validate_json(text))
        except (anthropic.AnthropicError, ValueError) as error:
            # ValueError: a reply that is no message, whatever its status says
            raise from_sdk(error) from error

    async def check(self, model: str) -> None:
        """Look the model up."""
        try:
            raw = await self._client.models.with_raw_response.retrieve(model)
            _Model.model_validate_json(raw.http_response.content)
        except (anthropic.AnthropicError, ValueError) as error:
            raise from_sdk(error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def connect(*, url: str | None, key: str | None) -> AnthropicProvider:
    """Make a provider for the table."""
    return AnthropicProvider(url, key)
