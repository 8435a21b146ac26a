"""The providers against recordings: what the SDKs send and read stays what it was.

The recordings were made by the real SDKs against the stand-in, not against real providers, and say
so. To make them anew: `TRIAGE_RECORD=1 python -m pytest tests/test_providers_recorded.py`.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import vcr  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]

from triage.providers import Ask, BatchState, Finish, Reply, open_batches, open_provider
from triage.providers import anthropic as anthropic_provider
from triage.providers import litellm as litellm_provider
from triage.providers import openai as openai_provider
from triage.standin import StandIn

RECORD = bool(os.environ.get("TRIAGE_RECORD"))
CASSETTES = Path(__file__).parent / "cassettes"
MADE_BY = "the real SDKs against python -m triage.standin; no real provider was asked"
KEY = "sk-no-secret"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"label": {"type": "string", "enum": ["necessary", "incorrect"]}},
    "required": ["label"],
    "additionalProperties": False,
}
ASK = Ask("stand-in", "System.", ("Shared.", "The step."), SCHEMA, max_tokens=200, temperature=0.0)
MODELS = {
    "openai": ("openai", "/v1", "stand-in"),
    "anthropic": ("anthropic", "", "stand-in"),
    "litellm-openai": ("litellm", "/v1", "openai/stand-in"),
    "litellm-anthropic": ("litellm", "", "anthropic/claude-haiku-4-5"),
}


class Marked:
    """Cassettes as JSON that begins with where they come from."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        return json.dumps({"recorded_by": MADE_BY, **cassette}, indent=1, default=_text) + "\n"

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(text)
        assert found.pop("recorded_by") == MADE_BY
        return found


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else str(value)


def _same_body(first: Request, second: Request) -> None:
    assert _plain(first) == _plain(second), "another body"


def _plain(request: Request) -> Any:
    """The body without what is drawn anew each time: the boundary of a form."""
    body = request.body
    if not isinstance(body, str | bytes) and body is not None:
        body = b"".join(body)
    body = body.encode() if isinstance(body, str) else body or b""
    try:
        return json.loads(body)
    except ValueError:
        boundary = re.match(rb"--([0-9a-zA-Z-]+)", body)
        return body.replace(boundary[1], b"") if boundary else body


@contextmanager
def cassette(name: str) -> Iterator[str]:
    """Play a recording, or make it; gives the URL to ask. What is not played is a failure."""
    machine = vcr.VCR(
        serializer="marked",
        match_on=["method", "path", "own body"],
        filter_headers=["authorization", "x-api-key", "user-agent", "cookie"],
        record_mode=vcr.record_mode.RecordMode.ALL if RECORD else vcr.record_mode.RecordMode.NONE,
    )
    machine.register_serializer("marked", Marked)
    machine.register_matcher("own body", _same_body)
    path = CASSETTES / f"{name}.json"
    if RECORD:
        path.unlink(missing_ok=True)
        with StandIn() as server, machine.use_cassette(str(path)):
            yield server.url
    else:
        with machine.use_cassette(str(path)) as played:
            yield "http://127.0.0.1:9"
        assert played.all_played, "a recorded request was not made"


def check(reply: Reply) -> None:
    assert json.loads(reply.text)["label"] in SCHEMA["properties"]["label"]["enum"]
    assert reply.finish is Finish.DONE
    assert reply.usage is not None
    assert reply.usage is not None
    assert reply.usage.input > 0


@pytest.mark.parametrize("name", MODELS)
def test_async(name: str) -> None:
    provider_name, path, model = MODELS[name]

    async def ask(url: str) -> Reply:
        provider = open_provider(provider_name, url=url + path, key=KEY)
        try:
            return await provider.ask(replace(ASK, model=model))
        finally:
            await provider.close()

    with cassette(f"{name}-async") as url:
        check(asyncio.run(ask(url)))


def test_sync_openai() -> None:
    import openai

    with (
        cassette("openai-sync") as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        body = openai_provider.body_of(ASK, hosted=False)
        raw = client.chat.completions.with_raw_response.create(**body)
        said = openai_provider.Completion.model_validate_json(raw.http_response.content)
        check(openai_provider.reply_of(said))


def test_sync_anthropic() -> None:
    import anthropic

    with (
        cassette("anthropic-sync") as url,
        anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0) as client,
    ):
        body = anthropic_provider.body_of(ASK)
        raw = client.messages.with_raw_response.create(**body)
        said = anthropic_provider.Said.model_validate_json(raw.http_response.content)
        check(anthropic_provider.reply_of(said))


@pytest.mark.parametrize("name", ["litellm-openai", "litellm-anthropic"])
def test_sync_litellm(name: str) -> None:
    import litellm

    _, path, model = MODELS[name]
    with cassette(f"{name}-sync") as url:
        body = litellm_provider.body_of(replace(ASK, model=model), url + path, KEY)
        check(litellm_provider.reply_of(litellm.completion(**body)))


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_batch(name: str) -> None:
    _, path, _ = MODELS[name]

    async def whole(url: str) -> dict[str, Any]:
        batches = open_batches(name, url=url + path, key=KEY)
        try:
            number = await batches.submit(
                {"q-0": ASK, "q-1": replace(ASK, system="Other.")}, "mark"
            )
            assert await batches.state(number) is BatchState.ENDED
            return {key: outcome async for key, outcome in batches.results(number)}
        finally:
            await batches.close()

    with cassette(f"{name}-batch") as url:
        found = asyncio.run(whole(url))
    assert set(found) == {"q-0", "q-1"}
    for outcome in found.values():
        check(outcome)


def test_the_recordings_say_what_they_are_and_hold_no_key() -> None:
    paths = sorted(CASSETTES.glob("*.json"))
    assert len(paths) == 10
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert json.loads(text)["recorded_by"] == MADE_BY
        assert KEY not in text
        assert not re.search(r"(?i)bearer |\bsk-[a-z0-9]", text)
