"""The server: routes, the script's behaviour on the wire, and the journal of what was delivered."""

import asyncio
import hashlib
import json
import select
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from triage.standin import anthropic_form, openai_form
from triage.standin.answers import answer_text
from triage.standin.batches import add_batch_routes
from triage.standin.script import Act, Rule, Script

Form = Any
"""One of the two modules that know a provider's form."""


_TOKENS = {
    "input": ("prompt_tokens", "input_tokens"),
    "output": ("completion_tokens", "output_tokens"),
}


@dataclass
class Journal:
    """What came in and what was delivered; times are of the system-wide monotonic clock.

    Attributes:
        deliveries: Content key and time of every answer that was handed to the system while the
            client was there: the system takes bytes for one that is dead as well.
        statuses: How often each HTTP status was sent.
        tokens: Tokens of the delivered answers, by `input` and `output`.
        peak: Most requests open at once.
    """

    deliveries: list[tuple[str, float]] = field(default_factory=list)
    tokens: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    used: dict[tuple[int, str], int] = field(default_factory=dict)
    open_now: int = 0
    peak: int = 0

    def bought(self) -> Counter[str]:
        """How often an answer to each content was delivered."""
        return Counter(key for key, _ in self.deliveries)

    def deliver(self, key: str, reply: Any, at: float) -> None:
        """Note that the answer to this content has left at that time."""
        usage = reply["usage"]
        for kind, names in _TOKENS.items():
            self.tokens[kind] += sum(usage.get(name, 0) for name in names)
        self.deliveries.append((key, at))


def content_key(path: str, body: Any) -> str:
    """What a request asks, whatever the order of its fields."""
    return hashlib.sha256((path + json.dumps(body, sort_keys=True)).encode()).hexdigest()


class Desk:
    """Judges a request by the script and sends what the script says."""

    def __init__(self, script: Script, journal: Journal) -> None:
        self.script, self.journal = script, journal

    def reply(self, form: Form, path: str, body: Any) -> tuple[str, Rule, Any]:
        """Content key, rule and proper reply of a request whose form was found good."""
        key = content_key(path, body)
        text = form.text_of(body)
        attempt = self.journal.asked[key]
        self.journal.asked[key] += 1
        rule = self.script.rule_for(key, attempt, text, self.journal.used)
        said = answer_text(self.script, rule, key, text, form.schema_of(body))
        return key, rule, form.reply(body, key, said, rule.do, self.script.logprob)

    def handler(
        self, form: Form
    ) -> Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]:
        """The handler of one provider's plain calls."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self.journal.open_now += 1
            self.journal.peak = max(self.journal.peak, self.journal.open_now)
            try:
                return await self._handle(form, request)
            finally:
                self.journal.open_now -= 1

        return handle

    async def _handle(self, form: Form, request: web.Request) -> web.StreamResponse:
        if (refusal := self.door(form, request)) is not None:
            return refusal
        body = await request.json()
        if (wrong := form.fault(body)) is not None:
            return self.error(form, 400, wrong)
        if self.script.models and body["model"] not in self.script.models:
            return self.error(form, 404, f"model {body['model']!r} does not exist")
        key, rule, reply = self.reply(form, request.path, body)
        if self.script.latency:
            await asyncio.sleep(self.script.latency)
        if rule.do is Act.STATUS:
            return self.error(form, rule.status, "as the script says", rule.retry_after)
        if rule.do is Act.DISCONNECT:
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)
        if rule.do is Act.HANG:
            await asyncio.sleep(rule.seconds)
        try:
            return await self._send(request, key, reply, rule)
        except ConnectionResetError:
            return web.Response()  # the client left: nothing was delivered

    async def _send(
        self, request: web.Request, key: str, reply: Any, rule: Rule
    ) -> web.StreamResponse:
        data = json.dumps(reply).encode()
        response = web.StreamResponse(headers={"content-type": "application/json"})
        response.content_length = len(data)
        await response.prepare(request)
        if rule.do is Act.DRIP:
            piece = max(1, len(data) // 20)
            for start in range(0, len(data), piece):
                at = _moment(request)
                await response.write(data[start : start + piece])
                await asyncio.sleep(rule.seconds / 20)
        else:
            at = _moment(request)
            await response.write(data)
        await response.write_eof()
        self.journal.statuses[200] += 1
        self.journal.deliver(key, reply, at)
        return response

    def door(self, form: Form, request: web.Request) -> web.Response | None:
        """The error for a caller without a key that is let in."""
        given = form.key_of(request.headers)
        if not given or (self.script.keys and given not in self.script.keys):
            return self.error(form, 401, "invalid API key")
        return None

    def error(
        self, form: Form, status: int, message: str, retry_after: float | None = None
    ) -> web.Response:
        """An error in the provider's form."""
        self.journal.statuses[status] += 1
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        return web.json_response(form.error(status, message), status=status, headers=headers)


def _moment(request: web.Request) -> float:
    """A moment at which the client was still there, though the loop may not have looked yet.

    Raises:
        ConnectionResetError: It has closed the connection.
    """
    now = time.monotonic()
    if request.transport is None or request.transport.is_closing():
        raise ConnectionResetError
    poll = select.poll()
    # what says that a connection is broken is always told; Linux tells of a closed one on demand
    poll.register(request.transport.get_extra_info("socket"), getattr(select, "POLLRDHUP", 0))
    if poll.poll(0):
        raise ConnectionResetError
    return now


def build_app(script: Script, journal: Journal | None = None) -> web.Application:
    """The server as an aiohttp application; the journal tells what it did."""
    desk = Desk(script, journal if journal is not None else Journal())
    app = web.Application(client_max_size=512 * 2**20)
    app.router.add_post("/v1/chat/completions", desk.handler(openai_form))
    app.router.add_post("/v1/messages", desk.handler(anthropic_form))
    add_batch_routes(app, desk)

    async def models(request: web.Request) -> web.Response:
        if (refusal := desk.door(openai_form, request)) is not None:
            return refusal
        return web.json_response(openai_form.models(desk.script.models or ("stand-in",)))

    async def model(request: web.Request) -> web.Response:
        if (refusal := desk.door(anthropic_form, request)) is not None:
            return refusal
        name = request.match_info["name"]
        if desk.script.models and name not in desk.script.models:
            return desk.error(anthropic_form, 404, f"model: {name}")
        return web.json_response(anthropic_form.model(name))

    async def put_script(request: web.Request) -> web.Response:
        desk.script = Script.model_validate(await request.json())
        return web.json_response({})

    async def stats(_request: web.Request) -> web.Response:
        bought = desk.journal.bought()
        return web.json_response(
            {
                "delivered": sum(bought.values()),
                "contents": len(bought),
                "twice": sum(count - 1 for count in bought.values()),
                "tokens": desk.journal.tokens,
                "asked": sum(desk.journal.asked.values()),
                "statuses": {str(k): v for k, v in desk.journal.statuses.items()},
                "peak": desk.journal.peak,
            }
        )

    async def deliveries(_request: web.Request) -> web.Response:
        return web.json_response(desk.journal.deliveries)

    app.router.add_get("/v1/models", models)
    app.router.add_get("/v1/models/{name}", model)
    app.router.add_put("/standin/script", put_script)
    app.router.add_get("/standin/stats", stats)
    app.router.add_get("/standin/deliveries", deliveries)
    return app
