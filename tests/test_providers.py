"""Every provider asks, reads and fails the same way, whatever its SDK makes of it."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from triage.errors import UsageError
from triage.providers import Ask, BatchState, Finish, Reply, Usage, open_batches, open_provider
from triage.providers import errors as e
from triage.providers.anthropic import Said, sampling_of
from triage.providers.anthropic import body_of as anthropic_body
from triage.providers.anthropic import reply_of as anthropic_reply
from triage.providers.openai import Completion
from triage.providers.openai import body_of as openai_body
from triage.providers.openai import reply_of as openai_reply
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act, Batches

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "label": {"type": "string", "enum": ["necessary", "incorrect"]},
        "error_kind": {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]},
    },
    "required": ["label", "error_kind"],
    "additionalProperties": False,
}
ASK = Ask("m", "system", ("shared", "last"), SCHEMA, max_tokens=300, temperature=0.5, seed=3)
WAYS = ["openai", "anthropic", "litellm-openai", "litellm-anthropic"]


def way(server_url: str, name: str) -> tuple[str, str, str]:
    """Provider, URL and model of one way to ask."""
    return {
        "openai": ("openai", f"{server_url}/v1", "m"),
        "anthropic": ("anthropic", server_url, "c"),
        "litellm-openai": ("litellm", f"{server_url}/v1", "openai/m"),
        "litellm-anthropic": ("litellm", server_url, "anthropic/claude-haiku-4-5"),
    }[name]


def ask(name: str, url: str, text: str = "last", **changes: Any) -> Reply:
    provider_name, at, model = way(url, name)
    changed = replace(ASK, model=model, parts=("shared", text), **changes)
    return asyncio.run(once(provider_name, changed, url=at, key="k"))


async def once(provider_name: str, asked: Ask, **endpoint: Any) -> Reply:
    provider = open_provider(provider_name, **endpoint)
    try:
        return await provider.ask(asked)
    finally:
        await provider.close()


@pytest.mark.parametrize("name", WAYS)
def test_an_answer_is_read(name: str) -> None:
    with StandIn() as server:
        reply = ask(name, server.url)
    assert json.loads(reply.text)["label"] in {"necessary", "incorrect"}
    assert reply.finish is Finish.DONE
    assert reply.usage is not None
    assert reply.usage.output > 0
    assert server.journal.bought().total() == 1


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("act", "finish"), [(Act.CUT, Finish.CUT), (Act.REFUSAL, Finish.REFUSED)])
def test_cut_and_refused_replies_are_told_apart(name: str, act: Act, finish: Finish) -> None:
    with StandIn(Script(rules=(Rule(do=act),))) as server:
        assert ask(name, server.url).finish is finish


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(
    ("rule", "error", "wait"),
    [
        (Rule(do=Act.STATUS, status=429, retry_after=1.5), e.ThrottledError, 1.5),
        (Rule(do=Act.STATUS, status=500), e.TroubleError, None),
        (Rule(do=Act.STATUS, status=529), e.TroubleError, None),
        (Rule(do=Act.STATUS, status=401), e.KeyRefusedError, None),
        (Rule(do=Act.STATUS, status=403), e.KeyRefusedError, None),
        (Rule(do=Act.STATUS, status=404), e.ModelUnknownError, None),
        (Rule(do=Act.STATUS, status=400), e.RequestRefusedError, None),
        (Rule(do=Act.DISCONNECT), e.BrokenOffError, None),
    ],
)
def test_errors_are_translated(
    name: str, rule: Rule, error: type[e.ProviderError], wait: float | None
) -> None:
    with StandIn(Script(rules=(rule,))) as server, pytest.raises(e.ProviderError) as raised:
        ask(name, server.url)
    assert type(raised.value) is error
    assert raised.value.retry_after == wait
    assert "\n" not in str(raised.value)
    assert server.journal.asked.total() == 1, "the SDK tried again by itself"


@pytest.mark.parametrize("name", WAYS)
def test_nobody_listening_is_unreachable_and_costs_nothing(name: str) -> None:
    with StandIn() as server:
        url = server.url
    with pytest.raises(e.UnreachableError) as raised:
        ask(name, url)
    assert raised.value.retry
    assert not raised.value.maybe_billed


def test_logprobs_come_with_their_tokens() -> None:
    with StandIn(Script(logprob=-0.25)) as server:
        reply = ask("openai", server.url, logprobs=True)
    assert "".join(token for token, _ in reply.tokens) == reply.text
    assert {logprob for _, logprob in reply.tokens} == {-0.25}


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (openai_body(replace(ASK, logprobs=True), hosted=True), CompletionCreateParamsNonStreaming),
        (openai_body(ASK, hosted=False), CompletionCreateParamsNonStreaming),
        (anthropic_body(ASK), MessageCreateParamsNonStreaming),
    ],
)
def test_the_requests_are_of_the_sdks_types(body: dict[str, Any], form: Any) -> None:
    adapter = TypeAdapter(form)
    adapter.validate_python(body)
    assert set(body) <= set(adapter.json_schema()["properties"])


def test_only_what_many_requests_share_is_marked_for_the_cache() -> None:
    body = anthropic_body(ASK)
    parts = body["system"] + body["messages"][0]["content"]
    assert [part["text"] for part in parts if "cache_control" in part] == ["system", "shared"]
    assert "cache_control" not in json.dumps(openai_body(ASK, hosted=True))


def test_a_missing_key_or_provider_is_the_callers_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        open_provider("openai")
    with pytest.raises(UsageError, match="ANTHROPIC_API_KEY"):
        open_provider("anthropic")
    with pytest.raises(UsageError, match="choose one of"):
        open_provider("nobody")


def test_an_endpoint_that_the_environment_names_needs_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with StandIn() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        reply = asyncio.run(once("openai", ASK))
    assert reply.finish is Finish.DONE


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-4"}, 0.0),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert e.retry_after(headers) == seconds


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (e.retry_after({"retry-after": date}) or 0) <= 90
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    assert e.retry_after({"retry-after": past}) == 0.0, "a wait that is over is none"


@pytest.mark.parametrize("status", [408, 409, 500, 503, 529])
def test_what_may_pass_by_itself_is_tried_again_and_shuts_no_judge_out(status: int) -> None:
    error = e.from_status(status, "busy")
    assert type(error) is e.TroubleError
    assert error.retry
    assert not error.fatal


def test_what_every_call_would_meet_again_shuts_the_judge_out() -> None:
    for status in (401, 402, 403, 404):
        error = e.from_status(status, "no")
        assert error.fatal
        assert not error.retry


USED = {
    "prompt_tokens": 100,
    "completion_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 64},
}


def completion(reason: str = "stop", **message: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "{}"} | message
    choice = {"index": 0, "message": said, "finish_reason": reason}
    return {"model": "m-1", "choices": [choice], "usage": USED}


def read_by_litellm(body: dict[str, Any]) -> Reply:
    from triage.providers.litellm import reply_of  # first: it keeps litellm off the network

    from litellm import ModelResponse  # isort: skip

    return reply_of(ModelResponse(**body))


@pytest.mark.parametrize(
    ("changes", "finish"),
    [
        ({}, Finish.DONE),
        ({"reason": "length"}, Finish.CUT),
        ({"reason": "content_filter"}, Finish.REFUSED),
        ({"refusal": "no", "content": None}, Finish.REFUSED),
    ],
)
def test_openais_words_for_an_end_are_told_apart(changes: dict[str, Any], finish: Finish) -> None:
    body = completion(**changes)
    for reply in (openai_reply(Completion.model_validate(body)), read_by_litellm(body)):
        assert reply.finish is finish


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.DONE),
        ("max_tokens", Finish.CUT),
        ("model_context_window_exceeded", Finish.CUT),
        ("refusal", Finish.REFUSED),
    ],
)
def test_anthropics_words_for_an_end_are_told_apart(reason: str, finish: Finish) -> None:
    usage = {"input_tokens": 1, "output_tokens": 1}
    said = Said.model_validate({"content": [], "stop_reason": reason, "usage": usage})
    assert anthropic_reply(said).finish is finish


def test_cached_tokens_are_counted_once_and_apart() -> None:
    """OpenAI counts them among the prompt's, Anthropic beside them; each has a price of its own."""
    body = completion()
    assert openai_reply(Completion.model_validate(body)).usage == Usage(36, 7, 64, 0)
    written = body | {"usage": USED | {"cache_creation_input_tokens": 16}}
    assert read_by_litellm(written).usage == Usage(20, 7, 64, 16)
    used = {
        "input_tokens": 20,
        "output_tokens": 7,
        "cache_read_input_tokens": 64,
        "cache_creation_input_tokens": 16,
    }
    said = Said.model_validate({"content": [], "usage": used})
    assert anthropic_reply(said).usage == Usage(20, 7, 64, 16)


def test_an_endpoint_that_does_not_count_says_so() -> None:
    uncounted = completion() | {"usage": None}
    assert openai_reply(Completion.model_validate(uncounted)).usage is None


def test_a_request_asks_for_what_the_judge_is_set_to() -> None:
    cold = replace(ASK, temperature=0.0, logprobs=True)
    hosted, own = openai_body(cold, hosted=True), openai_body(cold, hosted=False)
    assert (hosted["max_completion_tokens"], own["max_tokens"]) == (300, 300)
    assert (own["temperature"], own["seed"], own["logprobs"]) == (0.0, 3, True)
    assert sampling_of(cold) == {"temperature": 0.0}


def through_a_batch(name: str, url: str, texts: list[str]) -> dict[str, Any]:
    provider_name, at, _ = way(url, name)

    async def whole() -> dict[str, Any]:
        batches = open_batches(provider_name, url=at, key="k")
        asks = {f"q-{i}": replace(ASK, parts=("shared", text)) for i, text in enumerate(texts)}
        try:
            number = await batches.submit(asks, "mark")
            while await batches.state(number) is BatchState.RUNNING:
                await asyncio.sleep(0.05)
            return {key: outcome async for key, outcome in batches.results(number)}
        finally:
            await batches.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_batch_gives_every_request_its_own_outcome(name: str) -> None:
    rules = (
        Rule(do=Act.STATUS, status=429, match="busy"),
        Rule(do=Act.REFUSAL, match="refuse"),
    )
    with StandIn(Script(rules=rules, batches=Batches(seconds=0.2))) as server:
        found = through_a_batch(name, server.url, ["fine", "busy", "refuse"])
    assert found["q-0"].finish is Finish.DONE
    assert isinstance(found["q-1"], e.ThrottledError)
    assert found["q-2"].finish is Finish.REFUSED


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_an_expired_batch_says_so_request_by_request(name: str) -> None:
    with StandIn(Script(batches=Batches(expired_share=0.5))) as server:
        found = through_a_batch(name, server.url, [str(i) for i in range(20)])
    expired = [outcome for outcome in found.values() if isinstance(outcome, e.ExpiredError)]
    assert len(found) == 20
    assert 0 < len(expired) < 20
    assert server.journal.bought().total() == 20 - len(expired)
