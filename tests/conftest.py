"""What all tests stand on: no network beyond this machine, and the product's front door."""

import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import postgres
import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

# how long an example takes on a busy machine says nothing; what lands is not left to chance
settings.register_profile("triage", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("triage")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # started in the background, where interrupts are ignored: what tests start would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
DATA = os.environ.get("TRIAGE_DATA")
NewDatabase = Callable[..., str]


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """No test can spend money: every connection beyond this machine is refused."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        # what tests start inherits this: nothing there can find a way out by a proxy's name
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")
            patch.setenv(name.lower(), "http://127.0.0.1:9")
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        patch.setenv("no_proxy", "localhost,127.0.0.1")
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL, without a database, of a PostgreSQL server that all tests share."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres.server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def new_database(postgres_server: str) -> NewDatabase:
    """Makes a database on that server, empty or like another; gives its URL."""

    def make(like: str = "template1") -> str:
        name = f"t{uuid.uuid4().hex}"
        admin = create_engine(
            postgres_server.replace("postgresql:", "postgresql+psycopg:") + "/postgres",
            isolation_level="AUTOCOMMIT",
        )
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
        admin.dispose()
        return f"{postgres_server}/{name}"

    return make


@pytest.fixture
def data() -> Path:
    """The folder with the public sets; tests that need it skip where there is none."""
    if not DATA:
        pytest.skip("TRIAGE_DATA does not point to the public sets")
    return Path(DATA)


class Ran:
    """What a command left behind."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Triage = Callable[..., Ran]


@pytest.fixture
def triage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Triage:
    """Run the command as a user would, in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return run_triage


def run_triage(*arguments: str | Path, stdin: str | None = None, **environment: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "triage", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        input=stdin,
        env=os.environ | environment,
        timeout=300,
    )
    return Ran(done)


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which plugins from outside are installed."""
    place = tmp_path_factory.mktemp("outside")
    # built from a copy: a build leaves its own folders beside the source
    source = place / "source"
    shutil.copytree(ROOT / "tests" / "outside_plugin", source)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--target", str(place / "site"), str(source)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    found = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": os.pathsep.join([str(place / "site"), *([found] if found else [])])}


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
