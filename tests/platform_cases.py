"""A platform's view of a running server: a key, traces, and the patience to wait for a job."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from server_process import Server
from sqlalchemy import Engine

from triage.queue.people import admit, new_key
from triage.store.database import open_store, writing
from triage.store.people.accounts import Role

API = "/api/v1"


def key_for(engine: Engine, name: str = "bot", role: Role = Role.PLATFORM) -> str:
    """Admit an account and make a key for it."""
    with writing(engine) as connection:
        admit(connection, "test", name, [], [role])
        return new_key(connection, "test", name)


def sums(count: int, prefix: str = "s", steps: int = 2) -> list[dict[str, Any]]:
    """Traces with sums, every third of which has a wrong one."""
    made = []
    for number in range(count):
        right = number % 3 != 0
        texts = [f"{number} + {at} = {number + at}" for at in range(steps - 1)]
        texts.append(f"{number} * 2 = {2 * number + (0 if right else 1)}")
        made.append(
            {"id": f"{prefix}{number}", "domain": "math", "problem": f"Twice {prefix}{number}?",
             "steps": texts}
        )  # fmt: skip
    return made


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


class Platform:
    """A program with a key at a running server."""

    def __init__(self, origin: str, key: str) -> None:
        self.client = httpx2.Client(
            base_url=origin + API, headers={"Authorization": f"Bearer {key}"}, timeout=120
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query)

    def prelabel(self, rows: list[Any], **more: Any) -> Any:
        reply = self.client.post("/prelabel", json={"traces": rows, **more})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def job(self, body: bytes, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.client.post("/jobs", content=body, headers=headers or {}, params=query)

    def until(self, job: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until a job is in one of some states."""
        end = time.monotonic() + seconds
        while True:
            told: dict[str, Any] = self.get(f"/jobs/{job}").json()
            if told["state"] in states:
                return told
            assert time.monotonic() < end, told
            time.sleep(0.05)

    def results(self, job: str) -> list[dict[str, Any]]:
        reply = self.get(f"/jobs/{job}/results")
        assert reply.status_code == 200
        return [json.loads(line) for line in reply.text.splitlines()]


@contextmanager
def platform_at(url: str) -> Iterator[tuple[Server, Platform]]:
    """A server of its own with a platform."""
    engine = open_store(url)
    key = key_for(engine)
    engine.dispose()
    server = Server(url)
    platform = Platform(server.origin, key)
    try:
        yield server, platform
    finally:
        platform.client.close()
        server.kill()


def settings_file(text: str) -> None:
    """Settings for a server that is started in this folder."""
    Path("triage.toml").write_text(text, encoding="utf-8")


def stable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Decisions without what differs from run to run: the time that checks took."""
    return [json.loads(json.dumps(row), object_hook=_timeless) for row in rows]


def _timeless(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in ("ms", "seconds")}
