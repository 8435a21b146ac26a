"""OpenAI's chat completions: what a request must look like and what a reply looks like.

Written from the published API reference alone; it knows nothing of the clients of this house.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from triage.standin.answers import REFUSAL, tokens
from triage.standin.script import Act

_KNOWN = frozenset(
    {
        "model",
        "messages",
        "temperature",
        "top_p",
        "n",
        "max_tokens",
        "max_completion_tokens",
        "response_format",
        "logprobs",
        "top_logprobs",
        "seed",
        "user",
        "store",
        "metadata",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "stream",
        "tools",
        "tool_choice",
        "reasoning_effort",
        "service_tier",
        "parallel_tool_calls",
    }
)
_TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def key_of(headers: Mapping[str, str]) -> str:
    """The API key of a request."""
    return headers.get("authorization", "").removeprefix("Bearer ")


def fault(body: Any) -> str | None:
    """What the provider would refuse with status 400, or None."""
    if not isinstance(body, dict) or not body.get("model") or not body.get("messages"):
        return "model and messages are required"
    if strange := sorted(set(body) - _KNOWN):
        return f"Unrecognized request argument supplied: {strange[0]}"
    for message in body["messages"]:
        if message.get("role") not in {"system", "developer", "user", "assistant"}:
            return f"invalid role {message.get('role')!r}"
        if isinstance(message.get("content"), list):
            for part in message["content"]:
                if strange := sorted(set(part) - {"type", "text"}):
                    return f"Unrecognized content part argument: {strange[0]}"
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        return "top_logprobs needs logprobs"
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        if not form.get("json_schema", {}).get("name"):
            return "response_format.json_schema.name is required"
        if form["json_schema"].get("strict"):
            return _strict_fault(form["json_schema"].get("schema", {}), "schema")
    return None


def _strict_fault(schema: Any, where: str) -> str | None:
    """What strict structured output does not take: open objects and optional fields."""
    if not isinstance(schema, dict):
        return None
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return f"{where}: additionalProperties must be false"
        if set(schema.get("required", ())) != set(schema.get("properties", {})):
            return f"{where}: every property must be required"
    inner = {**schema.get("properties", {}), "items": schema.get("items")}
    inner |= {f"anyOf[{i}]": kind for i, kind in enumerate(schema.get("anyOf", ()))}
    for name, part in inner.items():
        if (wrong := _strict_fault(part, f"{where}.{name}")) is not None:
            return wrong
    return None


def schema_of(body: Any) -> Any | None:
    """The JSON schema that the reply must fit, if one was given."""
    return (body.get("response_format") or {}).get("json_schema", {}).get("schema")


def text_of(body: Any) -> str:
    """Everything the request says, for the script's patterns."""
    return "\n".join(_flat(message.get("content") or "") for message in body["messages"])


def _flat(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(p.get("text", "") for p in content)


def reply(body: Any, key: str, said: str, act: Act, logprob: float) -> dict[str, Any]:
    """A chat completion."""
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or math.inf
    out = tokens(said)
    cut = act is Act.CUT or len(out) > limit
    said = "".join(out[: int(limit)]) if len(out) > limit else said
    refused = act is Act.REFUSAL
    logprobs = None
    if body.get("logprobs") and not refused:
        logprobs = {"content": _logprobs(tokens(said), logprob, body), "refusal": None}
    asked, given = len(tokens(text_of(body))), len(tokens(said))
    return {
        "id": f"chatcmpl-stand-in-{key[:16]}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": None if refused else said,
                    "refusal": REFUSAL if refused else None,
                },
                "finish_reason": "length" if cut else "stop",
                "logprobs": logprobs,
            }
        ],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": given,
            "total_tokens": asked + given,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
        "system_fingerprint": "fp_stand_in",
    }


def _logprobs(said: Iterable[str], logprob: float, body: Any) -> list[dict[str, Any]]:
    wanted = body.get("top_logprobs") or 0
    rows = []
    for token in said:
        best = {"token": token, "logprob": logprob, "bytes": list(token.encode())}
        other = {"token": "§", "logprob": math.log(max(1e-9, -math.expm1(logprob))), "bytes": None}
        rows.append({**best, "top_logprobs": [best, other][:wanted]})
    return rows


def error(status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "requests")
    return {
        "error": {
            "message": f"stand-in: {message}",
            "type": kind,
            "param": None,
            "code": _CODES.get(status),
        }
    }


def models(names: Iterable[str]) -> dict[str, Any]:
    """The list of models."""
    rows = [
        {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "stand-in"}
        for name in names
    ]
    return {"object": "list", "data": rows}
