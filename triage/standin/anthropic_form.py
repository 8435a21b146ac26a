"""Anthropic's messages: what a request must look like and what a reply looks like.

Written from the published API reference alone; it knows nothing of the clients of this house.
"""

import json
from collections.abc import Mapping
from typing import Any

from triage.standin.answers import REFUSAL, tokens
from triage.standin.script import Act

_KNOWN = frozenset(
    {
        "model",
        "messages",
        "max_tokens",
        "system",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "metadata",
        "stream",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "service_tier",
        "cache_control",
    }
)
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_UNSUPPORTED = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "maxItems")


def key_of(headers: Mapping[str, str]) -> str:
    """The API key of a request: its own header, or a bearer token."""
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


def fault(body: Any) -> str | None:
    """What the provider would refuse with status 400, or None."""
    if not isinstance(body, dict) or not body.get("model") or not body.get("messages"):
        return "model and messages are required"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return "max_tokens: field required"
    if strange := sorted(set(body) - _KNOWN):
        return f"{strange[0]}: Extra inputs are not permitted"
    for message in body["messages"]:
        if message.get("role") not in {"user", "assistant"}:
            return f"messages: unexpected role {message.get('role')!r}"
    marked = sum("cache_control" in part for part in _parts(body))
    if marked > 4:
        return "a maximum of 4 blocks with cache_control may be provided"
    schema = _structured(body)
    return None if schema is None else _schema_fault(schema, "schema")


def _schema_fault(schema: Any, where: str) -> str | None:
    """What structured output does not take."""
    if not isinstance(schema, dict):
        return None
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return f"{where}: additionalProperties must be explicitly set to false"
    for word in _UNSUPPORTED:
        if word in schema:
            return f"{where}: property {word} is not supported"
    inner = {**schema.get("properties", {}), "items": schema.get("items")}
    inner |= {f"anyOf[{i}]": kind for i, kind in enumerate(schema.get("anyOf", ()))}
    for name, part in inner.items():
        if (wrong := _schema_fault(part, f"{where}.{name}")) is not None:
            return wrong
    return None


def _structured(body: Any) -> Any | None:
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    return form.get("schema")


def _forced_tool(body: Any) -> Any | None:
    choice = body.get("tool_choice") or {}
    if choice.get("type") != "tool":
        return None
    return next((t for t in body.get("tools") or () if t.get("name") == choice.get("name")), None)


def schema_of(body: Any) -> Any | None:
    """The JSON schema that the reply must fit: structured output, or a tool that must be used."""
    tool = _forced_tool(body)
    return _structured(body) or (tool["input_schema"] if tool else None)


def _parts(body: Any) -> list[Any]:
    parts = list(body["system"]) if isinstance(body.get("system"), list) else []
    for message in body["messages"]:
        if isinstance(message.get("content"), list):
            parts += message["content"]
    return parts


def text_of(body: Any) -> str:
    """Everything the request says, for the script's patterns."""
    whole = [body.get("system")] + [message.get("content") for message in body["messages"]]
    said = [text for text in whole if isinstance(text, str)]
    return "\n".join(said + [part.get("text", "") for part in _parts(body)])


def reply(body: Any, key: str, said: str, act: Act, _logprob: float) -> dict[str, Any]:
    """A message."""
    out = tokens(said)
    cut = act is Act.CUT or len(out) > body["max_tokens"]
    if len(out) > body["max_tokens"]:
        said = "".join(out[: body["max_tokens"]])
    tool = _forced_tool(body)
    content: list[dict[str, Any]] = [{"type": "text", "text": said}]
    stop = "max_tokens" if cut else "end_turn"
    if act is Act.REFUSAL:
        content, stop = [{"type": "text", "text": REFUSAL}], "refusal"
    elif tool is not None and not cut and act is not Act.NOT_JSON:
        name, put = tool["name"], json.loads(said)
        content = [{"type": "tool_use", "id": f"toolu_{key[:12]}", "name": name, "input": put}]
        stop = "tool_use"
    return {
        "id": f"msg_stand_in_{key[:16]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": len(tokens(text_of(body))),
            "output_tokens": len(tokens(said)),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def error(status: int, message: str) -> dict[str, Any]:
    """An error's body."""
    kind = _KINDS.get(status, "api_error")
    return {
        "type": "error",
        "error": {"type": kind, "message": f"stand-in: {message}"},
        "request_id": "req_stand_in",
    }


def model(name: str) -> dict[str, Any]:
    """One model, as it is looked up."""
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2025-01-01T00:00:00Z",
    }
