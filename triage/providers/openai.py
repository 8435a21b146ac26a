"""OpenAI's chat completions, at OpenAI or any server that speaks the same form."""

import os
from difflib import get_close_matches
from typing import Any

import openai
import orjson
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic import BaseModel

from triage.errors import UsageError
from triage.providers.base import Ask, Finish, Reply, Usage
from triage.providers.errors import BrokenOffError, ModelUnknownError, from_sdk

_PATH = "/chat/completions"
_SERVED_SECONDS = 900.0
"""Longest the transport waits; the judge's own limit is shorter and cuts first."""
_NO_KEY = "none"
"""Sent to servers that ask for no key."""


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Token(BaseModel):
    token: str
    logprob: float


class _Logprobs(BaseModel):
    content: tuple[_Token, ...] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Details | None = None


class Completion(BaseModel):
    """What is read of a chat completion: servers that speak the form differ in all the rest."""

    choices: tuple[_Choice, ...]
    model: str = ""
    usage: _Usage | None = None


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: tuple[_Model, ...]


def address(url: str | None) -> str | None:
    """Where calls go; None is OpenAI itself."""
    return url or os.environ.get("OPENAI_BASE_URL") or None


def client(url: str | None, key: str | None) -> AsyncOpenAI:
    """A client that never retries by itself, on a transport that carries many calls at once.

    Raises:
        UsageError: No key is at hand for OpenAI itself.
    """
    key = key or os.environ.get("OPENAI_API_KEY") or (_NO_KEY if address(url) else None)
    if key is None:
        raise UsageError("no key for OpenAI: set OPENAI_API_KEY, or the judge's key_env")
    return AsyncOpenAI(
        api_key=key,
        base_url=address(url),
        max_retries=0,
        timeout=_SERVED_SECONDS,
        http_client=DefaultAioHttpClient(),
    )


def body_of(ask: Ask, *, hosted: bool) -> dict[str, Any]:
    """The request in OpenAI's form; `hosted` at OpenAI itself, which renamed the token limit."""
    body: dict[str, Any] = {
        "model": ask.model,
        "messages": [
            {"role": "system", "content": ask.system},
            {"role": "user", "content": ask.user},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": dict(ask.schema)},
        },
        "max_completion_tokens" if hosted else "max_tokens": ask.max_tokens,
    }
    if ask.temperature is not None:
        body["temperature"] = ask.temperature
    if ask.seed is not None:
        body["seed"] = ask.seed
    if ask.logprobs:
        body["logprobs"] = True
    return body


def reply_of(said: Completion) -> Reply:
    """The reply out of a chat completion.

    Raises:
        BrokenOffError: It has no choice in it.
    """
    if not said.choices:
        raise BrokenOffError("a reply without choices")
    choice = said.choices[0]
    usage = said.usage
    details = usage.prompt_tokens_details if usage else None
    cached = (details.cached_tokens if details else None) or 0
    finish = Finish.CUT if choice.finish_reason == "length" else Finish.DONE
    if choice.message.refusal or choice.finish_reason == "content_filter":
        finish = Finish.REFUSED
    listed = (choice.logprobs.content if choice.logprobs else None) or ()
    return Reply(
        text=choice.message.content or choice.message.refusal or "",
        finish=finish,
        usage=Usage(
            input=max(0, usage.prompt_tokens - cached),
            output=usage.completion_tokens,
            cache_read=cached,
        )
        if usage
        else None,
        model=said.model,
        tokens=tuple((one.token, one.logprob) for one in listed),
    )


class OpenAIProvider:
    """Asks chat completions."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._client = client(url, key)
        # the SDK loads its parts when they are named: better now than while other answers wait
        _ = self._client.chat.completions
        self._hosted = address(url) is None

    async def ask(self, ask: Ask) -> Reply:
        """Send one request, once."""
        body = body_of(ask, hosted=self._hosted)
        try:
            # as bytes out and as text in: else the SDK walks through the body, the schema and the
            # reply, half of the time that a call takes
            text = await self._client.post(_PATH, content=orjson.dumps(body), cast_to=str)
            return reply_of(Completion.model_validate_json(text))
        except (openai.OpenAIError, ValueError) as error:
            # ValueError: a reply that is no completion, whatever its status says
            raise from_sdk(error) from error

    async def check(self, model: str) -> None:
        """Look whether the model is among those that the endpoint lists."""
        try:
            raw = await self._client.models.with_raw_response.list()
            listed = _Models.model_validate_json(raw.http_response.content)
        except (openai.OpenAIError, ValueError) as error:
            raise from_sdk(error) from error
        known = [one.id for one in listed.data]
        if model not in known:
            near = get_close_matches(model, known, n=3, cutoff=0.3) or sorted(known)[:3]
            raise ModelUnknownError(f"it has no model {model!r}, but {', '.join(near) or 'none'}")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def connect(*, url: str | None, key: str | None) -> OpenAIProvider:
    """Make a provider for the table."""
    return OpenAIProvider(url, key)
