"""Any model that litellm knows, by its own names: `gemini/...`, `bedrock/...`, `ollama/...`."""

import os
import re
import warnings
from typing import Any, ClassVar
from urllib.parse import urlsplit

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "True")
# both before the import: else it fetches files from the network, at import and at the first call

import litellm
import openai

from triage.providers.base import Ask, Finish, Reply, Usage
from triage.providers.errors import BrokenOffError, KeyRefusedError, from_sdk

_SERVED_SECONDS = 900.0
_CHECK_TOKENS = 16
_KEYLESS = re.compile(r"\bmissing [^.\n]{0,60}\bAPI[ _]key\b[^\n]{0,120}", re.IGNORECASE)

# litellm's own types; nothing that the one who reads the warning could mend
warnings.filterwarnings("ignore", message="Item .* on TypedDict class", category=UserWarning)
litellm.suppress_debug_info = True
litellm.telemetry = False


def address(model: str) -> str | None:
    """The machine that a model's calls go to without a URL of their own; None if not known."""
    try:
        _, provider, _, _ = litellm.get_llm_provider(model)
        named = (f"{provider.upper()}{tail}" for tail in ("_API_BASE", "_BASE_URL"))
        own = next(filter(None, map(os.environ.get, named)), None)
        base = own or litellm.get_api_base(model, {})
    except (openai.OpenAIError, ValueError):
        return None
    parts = urlsplit(base or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def body_of(ask: Ask, url: str | None, key: str | None) -> dict[str, Any]:
    """The arguments of litellm's completion."""
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
        "max_tokens": ask.max_tokens,
        "timeout": _SERVED_SECONDS,
        "num_retries": 0,
        "max_retries": 0,
        # seeds and logprobs refine a judgement; a model that has none of them may still judge
        "drop_params": True,
    }
    optional = {
        "temperature": ask.temperature,
        "seed": ask.seed,
        "logprobs": ask.logprobs or None,
        "api_base": url,
        "api_key": key,
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def reply_of(said: Any) -> Reply:
    """The reply out of litellm's completion."""
    if not getattr(said, "choices", None):
        raise BrokenOffError("a reply without choices")
    choice = said.choices[0]
    message, usage = choice.message, getattr(said, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None) or 0
    written = getattr(usage, "cache_creation_input_tokens", None) or 0
    finish = Finish.CUT if choice.finish_reason == "length" else Finish.DONE
    own_fields = getattr(message, "provider_specific_fields", None) or {}
    refusal = getattr(message, "refusal", None) or own_fields.get("refusal")
    if refusal or choice.finish_reason in ("content_filter", "refusal"):
        finish = Finish.REFUSED
    listed = getattr(getattr(choice, "logprobs", None), "content", None) or ()
    return Reply(
        text=message.content or refusal or "",
        finish=finish,
        usage=Usage(
            input=max(0, usage.prompt_tokens - cached - written),
            output=usage.completion_tokens,
            cache_read=cached,
            cache_write=written,
        )
        if usage
        else None,
        model=said.model or "",
        tokens=tuple((one.token, one.logprob) for one in listed),
    )


class LiteLLMProvider:
    """Asks through litellm."""

    _open: ClassVar[int] = 0
    """How many there are: litellm keeps the connections of all of them together."""

    def __init__(self, url: str | None, key: str | None) -> None:
        self._url, self._key = url, key
        LiteLLMProvider._open += 1

    async def ask(self, ask: Ask) -> Reply:
        """Send one request, once."""
        try:
            said = await litellm.acompletion(**body_of(ask, self._url, self._key))
        except (openai.OpenAIError, ValueError) as error:
            # litellm's errors are OpenAI's; ValueError: replies that it could not decode
            why = from_sdk(error)
            if why.retry and (keyless := _KEYLESS.search(str(error))):
                # it tells of some providers' missing keys as of a broken connection
                raise KeyRefusedError(keyless[0]) from error
            raise why from error
        return reply_of(said)

    async def check(self, model: str) -> None:
        """Have it say one word: litellm's providers have no other way in common."""
        word = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
        await self.ask(Ask(model, "Reply with {}.", ("Reply with {}.",), word, _CHECK_TOKENS))

    async def close(self) -> None:
        """Close the connections if this is the last one that uses them."""
        LiteLLMProvider._open -= 1
        if LiteLLMProvider._open:
            return
        clients: Any = litellm
        await clients.close_litellm_async_clients()
        clients.in_memory_llm_clients_cache.flush_cache()


def connect(*, url: str | None, key: str | None) -> LiteLLMProvider:
    """Make a provider for the table."""
    return LiteLLMProvider(url, key)
