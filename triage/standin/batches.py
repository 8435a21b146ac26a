"""Both providers' batches: submitted, processed by the script, fetched."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from triage.standin import anthropic_form, openai_form
from triage.standin.script import Act, draw

if TYPE_CHECKING:
    from triage.standin.app import Desk


class _Row(NamedTuple):
    custom_id: str
    outcome: str
    status: int = 0
    reply: Any = None


@dataclass
class _Batch:
    id: str
    requests: list[tuple[str, Any]]
    started: float = field(default_factory=time.time)
    cancelled: bool = False
    input_file: str = ""
    metadata: dict[str, str] | None = None
    rows: list[_Row] | None = None


def add_batch_routes(app: web.Application, desk: "Desk") -> None:
    """Files and batches of OpenAI, message batches of Anthropic."""
    office = _Office(desk)
    app.router.add_post("/v1/files", office.upload)
    app.router.add_get("/v1/files/{id}/content", office.content)
    app.router.add_post("/v1/batches", office.open_openai)
    app.router.add_get("/v1/batches", office.list_openai)
    app.router.add_get("/v1/batches/{id}", office.show_openai)
    app.router.add_post("/v1/batches/{id}/cancel", office.cancel_openai)
    app.router.add_post("/v1/messages/batches", office.open_anthropic)
    app.router.add_get("/v1/messages/batches", office.list_anthropic)
    app.router.add_get("/v1/messages/batches/{id}", office.show_anthropic)
    app.router.add_get("/v1/messages/batches/{id}/results", office.results)
    app.router.add_post("/v1/messages/batches/{id}/cancel", office.cancel_anthropic)


class _Office:
    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, _Batch] = {}

    def _take(self, batch: _Batch, request: web.Request, reply: Any) -> web.Response:
        """Take a batch, and say so unless the script has the connection break just then."""
        self._batches[batch.id] = batch
        if len(self._batches) <= self._desk.script.batches.silent and request.transport:
            request.transport.close()
        return web.json_response(reply)

    def _lines(self, batch: _Batch, rows: list[_Row], line: Callable[[_Row], bytes]) -> bytes:
        """The file of some results, damaged as the script says."""
        plan, seed = self._desk.script.batches, self._desk.script.seed
        lines = []
        for row in rows:
            whole = line(row)
            broken = draw(seed, "broken", batch.id, row.custom_id) < plan.broken_share
            twice = draw(seed, "twice", batch.id, row.custom_id) < plan.twice_share
            lines += [whole[: len(whole) // 2] if broken else whole] * (1 + twice)
        strangers = (row._replace(custom_id=f"stranger-{n}") for n, row in enumerate(rows))
        lines += map(line, islice(strangers, plan.strangers))
        return b"\n".join(lines)

    def _ready(self, batch: _Batch, form: Any, path: str) -> bool:
        """Whether the batch is done; processes it (and thereby sells its answers) when due."""
        if batch.rows is None and (
            batch.cancelled or time.time() - batch.started >= self._desk.script.batches.seconds
        ):
            batch.rows = [self._row(batch, form, path, cid, body) for cid, body in batch.requests]
        return batch.rows is not None

    def _row(self, batch: _Batch, form: Any, path: str, cid: str, body: Any) -> _Row:
        plan = self._desk.script.batches
        luck = draw(self._desk.script.seed, "batch", batch.id, cid)
        if batch.cancelled:
            return _Row(cid, "canceled")
        if luck < plan.expired_share:
            return _Row(cid, "expired")
        if luck < plan.expired_share + plan.errored_share:
            return _Row(cid, "errored", 500, form.error(500, "as the script says"))
        if (wrong := form.fault(body)) is not None:
            return _Row(cid, "errored", 400, form.error(400, wrong))
        key, rule, reply = self._desk.reply(form, path, body)
        if rule.do is Act.STATUS:
            error = form.error(rule.status, "as the script says")
            return _Row(cid, "errored", rule.status, error)
        self._desk.journal.deliver(key, reply, time.monotonic())
        return _Row(cid, "succeeded", 200, reply)

    async def upload(self, request: web.Request) -> web.Response:
        if (refusal := self._desk.door(openai_form, request)) is not None:
            return refusal
        form = await request.post()
        sent = form["file"]
        data = sent.file.read() if isinstance(sent, web.FileField) else str(sent).encode()
        if form.get("purpose") != "batch":
            return self._desk.error(openai_form, 400, "purpose must be batch")
        name = f"file-stand-in-{len(self._files)}"
        self._files[name] = data
        return web.json_response(
            {
                "id": name,
                "object": "file",
                "bytes": len(data),
                "created_at": int(time.time()),
                "filename": "requests.jsonl",
                "purpose": "batch",
                "status": "processed",
            }
        )

    async def content(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["id"])
        if data is None:
            return self._desk.error(openai_form, 404, "no such file")
        return web.Response(body=data, content_type="application/octet-stream")

    async def open_openai(self, request: web.Request) -> web.Response:
        if (refusal := self._desk.door(openai_form, request)) is not None:
            return refusal
        body = await request.json()
        data = self._files.get(body.get("input_file_id", ""))
        if data is None or body.get("endpoint") != "/v1/chat/completions":
            return self._desk.error(openai_form, 400, "no such input file or endpoint")
        lines = [json.loads(line) for line in data.splitlines() if line.strip()]
        batch = _Batch(
            id=f"batch_stand_in_{len(self._batches)}",
            requests=[(line["custom_id"], line["body"]) for line in lines],
            input_file=body["input_file_id"],
            metadata=body.get("metadata"),
        )
        return self._take(batch, request, self._openai(batch))

    async def show_openai(self, request: web.Request) -> web.Response:
        batch = self._batches.get(request.match_info["id"])
        if batch is None:
            return self._desk.error(openai_form, 404, "no such batch")
        return web.json_response(self._openai(batch))

    async def list_openai(self, _request: web.Request) -> web.Response:
        rows = [self._openai(b) for b in self._newest() if not b.id.startswith("msg")]
        ends = {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]} if rows else {}
        return web.json_response({"object": "list", "data": rows, "has_more": False, **ends})

    async def list_anthropic(self, request: web.Request) -> web.Response:
        rows = [self._anthropic(b, request) for b in self._newest() if b.id.startswith("msg")]
        ends = [rows[0]["id"], rows[-1]["id"]] if rows else [None, None]
        return web.json_response(
            {"data": rows, "has_more": False, "first_id": ends[0], "last_id": ends[1]}
        )

    def _newest(self) -> list[_Batch]:
        return list(reversed(self._batches.values()))

    async def cancel_openai(self, request: web.Request) -> web.Response:
        batch = self._batches[request.match_info["id"]]
        batch.cancelled = batch.rows is None
        return web.json_response(self._openai(batch))

    def _openai(self, batch: _Batch) -> dict[str, Any]:
        refused = bool(self._desk.script.batches.refused)
        done = not refused and self._ready(batch, openai_form, "/v1/chat/completions")
        rows = batch.rows or []
        good = [row for row in rows if row.outcome == "succeeded"]
        bad = [row for row in rows if row.outcome != "succeeded"]
        expired = any(row.outcome == "expired" for row in rows)
        output, errors = f"{batch.id}-output", f"{batch.id}-errors"
        self._files[output] = self._lines(batch, good, _openai_line)
        self._files[errors] = self._lines(batch, bad, _openai_line)
        status = "cancelled" if batch.cancelled else "expired" if expired else "completed"
        why = self._desk.script.batches.refused
        told = {"object": "list", "data": [{"code": "refused", "message": why}]}
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": int(batch.started),
            "expires_at": int(batch.started) + 86_400,
            "input_file_id": batch.input_file,
            "status": "failed" if why else status if done else "in_progress",
            "errors": told if why else None,
            "metadata": batch.metadata,
            "output_file_id": output if good else None,
            "error_file_id": errors if bad else None,
            "request_counts": {
                "total": len(batch.requests),
                "completed": len(good),
                "failed": len(bad),
            },
        }

    async def open_anthropic(self, request: web.Request) -> web.Response:
        if (refusal := self._desk.door(anthropic_form, request)) is not None:
            return refusal
        if why := self._desk.script.batches.refused:
            return self._desk.error(anthropic_form, 400, why)
        lines = (await request.json())["requests"]
        ids = [line["custom_id"] for line in lines]
        if len(set(ids)) != len(ids) or any(len(cid) > 64 for cid in ids):
            return self._desk.error(anthropic_form, 400, "custom_id: unique, 1 to 64 characters")
        batch = _Batch(
            id=f"msgbatch_stand_in_{len(self._batches)}",
            requests=[(line["custom_id"], line["params"]) for line in lines],
        )
        return self._take(batch, request, self._anthropic(batch, request))

    async def show_anthropic(self, request: web.Request) -> web.Response:
        batch = self._batches.get(request.match_info["id"])
        if batch is None:
            return self._desk.error(anthropic_form, 404, "no such batch")
        return web.json_response(self._anthropic(batch, request))

    async def cancel_anthropic(self, request: web.Request) -> web.Response:
        batch = self._batches[request.match_info["id"]]
        batch.cancelled = batch.rows is None
        return web.json_response(self._anthropic(batch, request))

    async def results(self, request: web.Request) -> web.Response:
        batch = self._batches.get(request.match_info["id"])
        if batch is None or batch.rows is None:
            return self._desk.error(anthropic_form, 404, "no results yet")
        data = self._lines(batch, batch.rows[::-1], _anthropic_line)
        return web.Response(body=data, content_type="application/x-jsonl")

    def _anthropic(self, batch: _Batch, request: web.Request) -> dict[str, Any]:
        done = self._ready(batch, anthropic_form, "/v1/messages")
        started = datetime.fromtimestamp(batch.started, UTC)
        states = ("succeeded", "errored", "canceled", "expired")
        counts = {s: sum(row.outcome == s for row in batch.rows or ()) for s in states}
        where = f"{request.scheme}://{request.host}/v1/messages/batches/{batch.id}/results"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if done else "in_progress",
            "request_counts": {"processing": 0 if done else len(batch.requests), **counts},
            "created_at": started.isoformat(),
            "expires_at": (started + timedelta(hours=24)).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if done else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": where if done else None,
        }


def _openai_line(row: _Row) -> bytes:
    line: dict[str, Any] = {"id": f"batch_req_{row.custom_id}", "custom_id": row.custom_id}
    line |= {"response": None, "error": None}
    if row.status:
        request = f"req_{row.custom_id}"
        line["response"] = {"status_code": row.status, "request_id": request, "body": row.reply}
    else:
        code = "batch_expired" if row.outcome == "expired" else "batch_cancelled"
        line["error"] = {"code": code, "message": "This request could not be executed in time."}
    return json.dumps(line).encode()


def _anthropic_line(row: _Row) -> bytes:
    result: dict[str, Any] = {"type": row.outcome}
    if row.outcome == "succeeded":
        result["message"] = row.reply
    elif row.outcome == "errored":
        result["error"] = row.reply
    return json.dumps({"custom_id": row.custom_id, "result": result}).encode()
