"""The stand-in's requests and replies are those of the SDKs' own types; its script is obeyed."""

import asyncio
import json
import socket
import time
from typing import Any

import anthropic
import httpx
import openai
import pytest
from anthropic.types import Message
from openai.types.chat import ChatCompletion

from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act, draw

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "step": {"type": "integer"},
                    "label": {"type": "string", "enum": ["good", "bad"]},
                },
                "required": ["step", "label"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["steps"],
    "additionalProperties": False,
}
FORM = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
}
ITEMS = r"item (\d+)"


def chat(server: StandIn, text: Any, **more: Any) -> ChatCompletion:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client:
        said = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": text}], **more
        )
    assert isinstance(said, ChatCompletion)
    return said


def message(server: StandIn, text: str) -> Message:
    form: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}
    with anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client:
        return client.messages.create(
            model="c",
            max_tokens=500,
            messages=[{"role": "user", "content": text}],
            output_config=form,
        )


def test_replies_are_the_sdks_own_types() -> None:
    with StandIn(Script(items=ITEMS)) as server:
        said = chat(server, "item 4 item 7", response_format=FORM, logprobs=True, top_logprobs=2)
        other = message(server, "item 4 item 7")
    again = ChatCompletion.model_validate(said.model_dump(), strict=True)
    assert again.choices[0].message.content is not None
    numbers = [row["step"] for row in json.loads(again.choices[0].message.content)["steps"]]
    assert numbers == [4, 7]
    listed = again.choices[0].logprobs
    assert listed is not None
    assert "".join(one.token for one in listed.content or ()) == again.choices[0].message.content
    block = Message.model_validate(other.model_dump(), strict=True).content[0]
    assert block.type == "text"
    assert [row["step"] for row in json.loads(block.text)["steps"]] == [4, 7]
    assert set(ChatCompletion.model_fields) >= set(said.model_dump(exclude_unset=True))
    assert set(Message.model_fields) >= set(other.model_dump(exclude_unset=True))


def test_a_request_that_the_provider_would_refuse_is_refused() -> None:
    open_schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": []}
    form = {
        "type": "json_schema",
        "json_schema": {"name": "x", "strict": True, "schema": open_schema},
    }
    marked = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]
    with StandIn() as server:
        with pytest.raises(openai.BadRequestError, match="additionalProperties"):
            chat(server, "x", response_format=form)
        with pytest.raises(openai.BadRequestError, match="nonsense"):
            chat(server, "x", extra_body={"nonsense": 1})
        with pytest.raises(openai.BadRequestError, match="cache_control"):
            chat(server, marked)
    assert server.journal.bought().total() == 0


def test_keys_and_models_that_are_not_known_are_refused() -> None:
    with StandIn(Script(keys=("other",))) as server, pytest.raises(openai.AuthenticationError):
        chat(server, "x")
    with StandIn(Script(keys=("k",), models=("n",))) as server, pytest.raises(openai.NotFoundError):
        chat(server, "x")


@pytest.mark.parametrize(
    ("act", "finish"),
    [
        (Act.CUT, "length"),
        (Act.NOT_JSON, "stop"),
        (Act.WRONG_SCHEMA, "stop"),
        (Act.REFUSAL, "stop"),
    ],
)
def test_scripted_replies(act: Act, finish: str) -> None:
    with StandIn(Script(items=ITEMS, rules=(Rule(do=act),))) as server:
        choice = chat(server, "item 1 item 2", response_format=FORM).choices[0]
    assert choice.finish_reason == finish
    assert (choice.message.refusal is not None) == (act is Act.REFUSAL)
    text = choice.message.content or "[]"
    if act in (Act.CUT, Act.NOT_JSON):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    else:
        assert "steps" not in json.loads(text)


@pytest.mark.parametrize(("act", "numbers"), [(Act.MISSING, [1, 2]), (Act.DUPLICATE, [1, 2, 3, 1])])
def test_items_are_left_out_or_repeated(act: Act, numbers: list[int]) -> None:
    with StandIn(Script(items=ITEMS, rules=(Rule(do=act),))) as server:
        said = chat(server, "item 1 item 2 item 3", response_format=FORM).choices[0].message.content
    assert [row["step"] for row in json.loads(said or "")["steps"]] == numbers


def test_status_times_and_retry_after() -> None:
    script = Script(rules=(Rule(do=Act.STATUS, status=429, retry_after=2.5, times=1),))
    with StandIn(script) as server:
        with pytest.raises(openai.RateLimitError) as refused:
            chat(server, "x")
        assert refused.value.response.headers["retry-after"] == "2.5"
        assert chat(server, "x").choices[0].message.content
    assert server.journal.statuses == {429: 1, 200: 1}


def test_shares_are_drawn_by_content_and_can_be_repeated() -> None:
    drawn = [draw(0, 1, f"content {i}", 0) < 0.1 for i in range(4000)]
    assert 0.08 < sum(drawn) / 4000 < 0.12
    assert drawn == [draw(0, 1, f"content {i}", 0) < 0.1 for i in range(4000)]


def test_only_whole_deliveries_are_counted() -> None:
    rules = (Rule(do=Act.HANG, seconds=5, match="hang"), Rule(do=Act.DISCONNECT, match="gone"))
    with StandIn(Script(rules=rules)) as server:
        with pytest.raises(openai.APITimeoutError):
            chat(server, "hang", timeout=0.2)
        with pytest.raises(openai.APIConnectionError):
            chat(server, "gone")
        chat(server, "x")
        chat(server, "x")
        stats = httpx.get(f"{server.url}/standin/stats").json()
    assert sorted(server.journal.bought().values()) == [2]
    assert (stats["delivered"], stats["contents"], stats["twice"]) == (2, 1, 1)


def test_what_is_written_to_a_dead_client_is_no_delivery() -> None:
    said = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]})
    with StandIn(Script(latency=0.05)) as server:
        client = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        client.sendall(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"
            f"content-length: {len(said)}\r\n\r\n{said}".encode()
        )
        while not server.journal.open_now:
            time.sleep(0.001)
        # the loop is kept from looking until the answer is due, and again while the client leaves:
        # then it writes the answer before it learns of that
        server._loop.call_soon_threadsafe(time.sleep, 0.2)
        time.sleep(0.1)
        server._loop.call_soon_threadsafe(time.sleep, 0.2)
        time.sleep(0.2)
        client.close()
        while server.journal.open_now:
            time.sleep(0.001)
        assert not server.journal.deliveries
        chat(server, "x")
        assert len(server.journal.deliveries) == 1


def test_a_drip_arrives_whole() -> None:
    with StandIn(Script(rules=(Rule(do=Act.DRIP, seconds=0.1),))) as server:
        assert chat(server, "x").choices[0].message.content


def test_many_at_once_are_seen_at_once() -> None:
    async def run(url: str) -> None:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
            calls = [
                client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": str(i)}]
                )
                for i in range(8)
            ]
            await asyncio.gather(*calls)

    with StandIn(Script(latency=0.3)) as server:
        asyncio.run(run(server.url))
    assert server.journal.peak == 8
