"""OpenAI's chat completions, at OpenAI or any server that speaks the same form."""

import os
from typing import Any

import openai
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletion

from triage.errors import UsageError
from triage.providers.base import Ask, Finish, Reply, Usage
from triage.providers.errors import BrokenOffError, from_sdk

_SERVED_SECONDS = 900.0
"""Longest the transport waits; the judge's own limit is shorter and cuts first."""
_NO_KEY = "none"
"""Sent to servers that ask for no key."""


def client(url: str | None, key: str | None) -> AsyncOpenAI:
    """A client that never retries by itself, on a transport that carries many calls at once.

    Raises:
        UsageError: No key is at hand for OpenAI itself.
    """
    key = key or os.environ.get("OPENAI_API_KEY") or (_NO_KEY if url else None)
    if key is None:
        raise UsageError("no key for OpenAI: set OPENAI_API_KEY, or the judge's key_env")
    return AsyncOpenAI(
        api_key=key,
        base_url=url,
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


def reply_of(said: ChatCompletion) -> Reply:
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
            input=(usage.prompt_tokens - cached) if usage else 0,
            output=usage.completion_tokens if usage else 0,
            cache_read=cached,
        ),
        model=said.model,
        tokens=tuple((one.token, one.logprob) for one in listed),
    )


class OpenAIProvider:
    """Asks chat completions."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._client = client(url, key)
        self._hosted = url is None

    async def ask(self, ask: Ask) -> Reply:
        """Send one request, once."""
        try:
            body = body_of(ask, hosted=self._hosted)
            # beside the body it goes out as it is: inside, the SDK walks through the whole schema
            # for every call, which takes longer than all the rest of the call
            form = {"response_format": body.pop("response_format")}
            said = await self._client.chat.completions.create(**body, extra_body=form)
        except (openai.OpenAIError, ValueError) as error:
            # ValueError: the SDK lets a reply that is no JSON through as the decoder's own error
            raise from_sdk(error) from error
        if not isinstance(said, ChatCompletion):
            raise BrokenOffError("the endpoint replied with something else than a completion")
        return reply_of(said)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def connect(*, url: str | None, key: str | None) -> OpenAIProvider:
    """Make a provider for the table."""
    return OpenAIProvider(url, key)
