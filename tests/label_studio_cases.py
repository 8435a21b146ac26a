"""What the real Label Studio sends, and a stand-in for its own API with what it was seen to do."""

import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import ROOT
from server_cases import visitor
from sqlalchemy import Engine

from triage.cli.main import main
from triage.configuration.settings import Settings
from triage.ingest import Ingested, IngestOptions, Reject
from triage.ingest.rows.normalise import normalise
from triage.pipeline.deciding import decide_all
from triage.pipeline.intake import take_in
from triage.queue.people import admit, new_key
from triage.store.database import connect_to_write, writing
from triage.store.people.accounts import Role
from triage.store.platforms.label_studio import Project, ProjectKey, keep_project
from triage.store.run.batch import Batch

GOLDEN: dict[str, Any] = json.loads(
    (ROOT / "tests" / "golden" / "label_studio.json").read_text(encoding="utf-8")
)
"""Requests of Label Studio 1.23.2, as they came in, and a project as it exports it."""
KEY = ProjectKey(3, 1795417859)
TRACE_KEY = ProjectKey(4, 1795417861)
PENS = {
    "id": "pens",
    "domain": "history",
    "problem": "Ann has 3 boxes of 4 pens and gives 5 pens away. How many are left?",
    "steps": [
        "3 boxes of 4 pens are 3 × 4 = 12 pens.",
        "She gives 5 away, so 12 - 5 = 8 are left.",
        "Pens are often blue.",
    ],
    "proposals": [
        {
            "source": "judge-a",
            "step_labels": ["necessary", "incorrect", None],
            "confidences": [0.9, 0.8, None],
            "explanations": ["12 is right", "12 - 5 is 7", None],
        }
    ],
}


def put_pens(engine: Engine, **fields: Any) -> None:
    """Put the trace of the requests into the store; no plugin is asked about it."""

    def refuse(reject: Reject) -> None:
        raise AssertionError(reject)

    item = Ingested(*normalise(PENS | fields, IngestOptions()), "pens.jsonl", 1)
    with connect_to_write(engine) as connection:
        connection.detach()
        batch = Batch(connection)
        take_in(connection, [item], batch, revise=False, rejected=refuse)
        assert len(list(decide_all(connection, batch, Settings()))) == 1


def body(name: str) -> dict[str, Any]:
    """A request's body, fresh."""
    made: dict[str, Any] = json.loads(json.dumps(GOLDEN[name]["body"]))
    return made


class Here:
    """What a command that ran in this process left behind."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def here(*arguments: str, **environment: str) -> Here:
    """Run the command in this process: it takes a tenth of the time of one of its own."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    status = 0
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            main(list(arguments))
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
    told = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        told.append(stream.read())
    return Here(status, *told)


class Backend:
    """Label Studio's side: calls our server with the credentials that `connect` gave it."""

    def __init__(self, engine: Engine, settings: Settings | None = None) -> None:
        with writing(engine) as connection:
            admit(connection, "test", "label-studio-3", (), [Role.PLATFORM])
            secret = new_key(connection, "test", "label-studio-3")
        self.client = visitor(engine, settings)
        self.auth = ("label-studio-3", secret)

    def post(self, path: str, sent: Any) -> Any:
        return self.client.post(f"/label-studio{path}", json=sent, auth=self.auth)

    def golden(self, name: str) -> Any:
        return self.post(GOLDEN[name]["path"].removeprefix("/label-studio"), body(name))


def connected(
    engine: Engine, *, blind: bool = False, url: str = "http://127.0.0.1:9", key: ProjectKey = KEY
) -> None:
    view = "step" if key == KEY else "trace"
    with writing(engine) as connection:
        keep_project(connection, Project(key, url, view, blind, {"1": "ann"}))


class StandIn:
    """Answers as Label Studio's API was seen to; remembers what it was sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.tasks: list[dict[str, Any]] = []
        self.gone: set[int] = set()
        self.project: dict[str, Any] | None = None
        self.backends: list[dict[str, Any]] = []
        self.webhooks: list[dict[str, Any]] = []
        self.predictions: list[dict[str, Any]] = []
        self.exported: list[dict[str, Any]] = []
        self.refuse_backend: str | None = None

    def answer(self, method: str, path: str, sent: Any) -> tuple[int, Any]:
        split = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        match method, split.path.strip("/").split("/")[1:]:
            case "GET", ["version"]:
                return 200, {"release": "1.23.2"}
            case "GET", ["users"]:
                return 200, [{"id": 1, "email": "ann@example.org"}]
            case "GET", ["projects"]:
                found = [self.project] if self.project else []
                return 200, {"results": found}
            case "POST", ["projects"]:
                self.project = sent | {"id": 3, "created_at": "2026-11-23T07:10:59.1Z"}
                return 201, self.project
            case "GET", ["projects", _]:
                return 200, {"total_predictions_number": len(self.predictions)} | (
                    self.project or {}
                )
            case "PATCH", ["projects", _]:
                self.project = (self.project or {}) | sent
                return 200, self.project
            case (_, ["ml", *_]) | (_, ["webhooks", *_]):
                return self._registered(method, split.path, sent)
            case "POST", ["projects", _, "import"]:
                start = len(self.tasks)
                self.tasks += [one | {"id": start + at} for at, one in enumerate(sent, 1)]
                return 201, {"task_count": len(sent)}
            case "POST", ["projects", _, "import", "predictions"]:
                if any(one["task"] in self.gone for one in sent):
                    return 400, {"detail": "Validation error", "validation_errors": {}}
                self.predictions += sent
                return 201, {"created": len(sent)}
            case "GET", ["tasks", number]:
                found = [one for one in self.tasks if one["id"] == int(number)]
                return (200, found[0]) if found else (404, {"detail": "Not found."})
            case "GET", ["tasks"]:
                if int(query["page"]) > 1 and not self.tasks[500:]:
                    return 404, {"detail": "Invalid page."}
                return 200, {"total": len(self.tasks), "tasks": self.tasks[:500]}
            case "GET", ["projects", _, "export"]:
                return 200, self.exported
        return 404, {"detail": "Not found."}

    def _registered(self, method: str, path: str, sent: Any) -> tuple[int, Any]:
        kept = self.backends if "/ml" in path else self.webhooks
        if method == "GET":
            return 200, kept
        if kept is self.backends and self.refuse_backend:
            return 403, {"detail": self.refuse_backend}
        if method == "PATCH":
            kept[0].update(sent)
            return 200, kept[0]
        kept.append(sent | {"id": len(kept) + 1})
        if kept is self.backends:
            # it makes the webhook by itself, without headers
            self.webhooks.append({"id": 1, "url": f"{sent['url']}/webhook", "headers": {}})
        return 201, kept[-1]


@contextmanager
def label_studio() -> Iterator[tuple[str, StandIn]]:
    """A stand-in on loopback, and where it is."""
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            sent = json.loads(self.rfile.read(length)) if length else None
            stand_in.calls.append((self.command, self.path, sent))
            stand_in.headers.append(dict(self.headers))
            status, told = stand_in.answer(self.command, self.path, sent)
            said = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - the library's own names
        do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_export(path: Path) -> Path:
    path.write_text(json.dumps(GOLDEN["export"]["body"]), encoding="utf-8")
    return path
