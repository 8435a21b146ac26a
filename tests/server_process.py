"""A server of its own, as `triage serve` starts it, for tests that press it hard or kill it."""

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

ORIGIN = "http://127.0.0.1"


class Server:
    """A running server."""

    def __init__(self, url: str, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "triage", "serve", "--port", str(port), "--db", url],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            said = json.loads(line)["said"]
            if "running on" in said:
                self.origin = said.split()[3]
                break
        else:
            raise AssertionError("the server did not start")
        # a pipe that is full would stop the server
        self._reader = threading.Thread(target=self._process.stderr.read, daemon=True)
        self._reader.start()

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    def kill(self) -> None:
        """End it at once, as a power cut for this process."""
        self._process.send_signal(signal.SIGKILL)
        self._left()

    def stop(self) -> int:
        """Ask it to leave; gives its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._left()

    def _left(self) -> int:
        status = self._process.wait(timeout=30)
        self._reader.join()
        assert self._process.stderr is not None
        self._process.stderr.close()
        return status


@contextmanager
def serving(url: str) -> Iterator[Server]:
    server = Server(url)
    try:
        yield server
    finally:
        server.kill()


class Sitter:
    """An expert's browser at a running server; sends again what got no reply.

    Args:
        origin: Tells where the server is now.
    """

    def __init__(self, origin: Callable[[], str], link: str) -> None:
        self._origin = origin
        # one connection at a time, opened anew after a fault
        self._client = httpx2.Client(timeout=20)
        headers = {"Origin": origin()}
        reply = self._client.post(
            f"{origin()}/api/v1/session", json={"link": link}, headers=headers
        )
        assert reply.status_code == 200, reply.text
        self._csrf = reply.json()["csrf"]

    def next(self, count: int = 2) -> list[dict[str, Any]]:
        reply = self._client.get(f"{self._origin()}/api/v1/queue/next?count={count}")
        assert reply.status_code == 200, reply.text
        items: list[dict[str, Any]] = reply.json()["items"]
        return items

    def answer(self, item: dict[str, Any], label: str, identity: str | None = None) -> Any:
        body = {"answer_id": identity or uuid.uuid4().hex, "token": item["token"], "label": label}
        headers = {"Origin": self._origin(), "X-CSRF-Token": self._csrf}
        return self._client.post(
            f"{self._origin()}/api/v1/queue/answers", json=body, headers=headers
        )

    def close(self) -> None:
        self._client.close()
