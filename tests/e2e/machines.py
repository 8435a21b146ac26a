"""What the way through Label Studio runs on: both servers, the command, and Label Studio's API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

TOKEN: Final = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that is thrown away
MAIL, PASSWORD = "ann@example.org", "swordfish-9"


class Cli:
    """The command `triage` in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def __call__(self, *arguments: str | Path, status: int = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "triage", *map(str, arguments)],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = f"triage {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
        require(done.returncode == status, told)
        print(f"    $ triage {' '.join(map(str, arguments))}")
        return json.loads(done.stdout) if "--json" in arguments else done.stdout


class Api:
    """Label Studio's own API, as its page uses it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx2.Client(
            base_url=url, timeout=120, headers={"Authorization": f"Token {TOKEN}"}
        )

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._client.request(method, path, json=body)
        require(reply.status_code < 400, f"{method} {path}: {reply.status_code} {reply.text[:500]}")
        return reply.json() if reply.content else None

    def tasks(self, project: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = len(found) // 200 + 1
            told = self("GET", f"/api/tasks?project={project}&page={page}&page_size=200&fields=all")
            found += told["tasks"]
            if len(found) >= told["total"]:
                return found


def require(true: object, what: str) -> None:
    """Stop where something is not as it should be."""
    if not true:
        raise SystemExit(f"FAILED: {what}")


def free_port() -> int:
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        port: int = here.getsockname()[1]
        return port


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not ready():
        require(time.monotonic() < until, f"{what} did not come about within {seconds:.0f} s")
        time.sleep(0.5)


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5).status_code < 500
    except httpx2.HTTPError:
        return False


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[None]:
    """A server in a session of its own, ended with all that it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=environment, cwd=log.parent, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def label_studio(program: Path, folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """How an empty Label Studio is started, allowed to reach a backend on loopback."""
    folder.mkdir()
    environment = os.environ | {
        "DJANGO_DB": "sqlite",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": MAIL,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "ML_BLOCK_LOCAL_IP": "false",
        "SSRF_PROTECTION_ENABLED": "false",
        "LATEST_VERSION_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
    }
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    command = [str(program), "start", "--no-browser", "--port", str(port),
               "--internal-host", "127.0.0.1"]  # fmt: skip
    return command, environment
