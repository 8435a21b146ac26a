"""A store with steps that experts are asked about, on both databases, and a browser's manners."""

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from conftest import NewDatabase, write_lines
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from triage.configuration.settings import PluginSettings, Settings
from triage.ingest import Reject
from triage.pipeline import process
from triage.queue.people import admit, new_link
from triage.records import Verdict
from triage.server.app import create_app
from triage.store.database import open_store, writing
from triage.store.labelling.verdicts import check_chain, verdicts_on
from triage.store.people.accounts import Role
from triage.store.tables.schema import traces

LATER, ANSWER, OPINION, SECRET = "LATERSTEP", "FINALANSWER", "MACHINEOPINION", "METASECRET"
ORIGIN = "http://127.0.0.1:8000"
API = "/api/v1"
PEOPLE: dict[str, tuple[list[str], list[Role]]] = {
    "ann": (["history"], []),
    "bob": (["history"], []),
    "max": (["law"], []),
    "eve": (["history"], [Role.ADJUDICATOR]),
    "lea": ([], [Role.LEAD]),
    "ada": ([], [Role.ADMIN]),
    "bot": ([], [Role.PLATFORM]),
}


def trace(identity: str, **fields: Any) -> dict[str, Any]:
    """A trace of three steps whose middle one two judges differ on."""
    proposals = [
        {
            "source": judge,
            "step_labels": ["necessary", word, "necessary"],
            "explanations": [f"{OPINION} {judge}"] * 3,
        }
        for judge, word in (("judge-a", "necessary"), ("judge-b", "incorrect"))
    ]
    made = {
        "id": identity,
        "domain": "history",
        "problem": f"The problem of {identity}?",
        "steps": [f"First of {identity}.", f"Second of {identity}.", f"{LATER} of {identity}."],
        "final_answer": ANSWER,
        "metadata": {"secret": SECRET},
        "generator": SECRET,
        "proposals": proposals,
    }
    return made | fields


def put_in(url: str, *rows: dict[str, Any], revise: bool = False) -> None:
    """Run the pipeline over traces."""

    def refuse(reject: Reject) -> None:
        raise AssertionError(reject)

    file = write_lines(Path("in.jsonl"), list(rows))
    engine = open_store(url)
    # no plugin has anything to say here: without them no worker is started
    settings = Settings(plugins=PluginSettings(blocked=("math", "logic")))
    with process(engine, settings, [str(file)], revise=revise, rejected=refuse) as processed:
        for _ in processed.considered:
            pass
    engine.dispose()


def populate(url: str, traces: int = 4) -> None:
    """Make a store in which a step of each trace waits for experts."""
    put_in(url, *(trace(f"t{number}") for number in range(traces)))
    engine = open_store(url)
    with writing(engine) as connection:
        for name, (credentials, roles) in PEOPLE.items():
            admit(connection, "test", name, credentials, roles)
    engine.dispose()


class Databases:
    """Makes stores that are copies of one that was populated once.

    Args:
        new: Makes a PostgreSQL database; None for SQLite in the working folder.
        fill: Populates the one that is copied.
    """

    def __init__(
        self,
        folder: Path,
        new: NewDatabase | None = None,
        fill: Callable[[str], None] | None = None,
    ) -> None:
        self._new = new
        self._file = folder / "original.db"
        original = new() if new else f"sqlite:///{self._file}"
        self._name = original.rpartition("/")[2]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            (fill or populate)(original)

    def copy(self) -> str:
        """A new store's URL."""
        if self._new is not None:
            return self._new(self._name)
        shutil.copy(self._file, "triage.db")
        return "sqlite:///triage.db"


@pytest.fixture(scope="session")
def lite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("lite"))


@pytest.fixture(scope="session")
def post_databases(
    tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase
) -> Databases:
    return Databases(tmp_path_factory.mktemp("post"), new_database)


@pytest.fixture(params=["lite", "post"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A populated store's URL, once on each database."""
    monkeypatch.chdir(tmp_path)
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    return databases.copy()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = open_store(url)
    yield made
    made.dispose()


@pytest.fixture
def lite(
    lite_databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The same on SQLite only, for what has nothing to do with the database."""
    monkeypatch.chdir(tmp_path)
    made = open_store(lite_databases.copy())
    yield made
    made.dispose()


def link_of(engine: Engine, name: str, days: float = 1.0) -> str:
    with writing(engine) as connection:
        return new_link(connection, "test", name, days)


class Browser:
    """A signed-in person's browser, on our own page.

    Args:
        settings: The server's; the defaults if None.
    """

    def __init__(self, engine: Engine, name: str, settings: Settings | None = None) -> None:
        self.client = visitor(engine, settings)
        signed_in = self.client.post(
            f"{API}/session", json={"link": link_of(engine, name)}, headers={"Origin": ORIGIN}
        )
        assert signed_in.status_code == 200, signed_in.text
        self.headers = {"Origin": ORIGIN, "X-CSRF-Token": signed_in.json()["csrf"]}

    def get(self, path: str) -> Any:
        return self.client.get(f"{API}{path}")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"{API}{path}", json=body, headers=self.headers)

    def next(self, count: int = 1) -> list[dict[str, Any]]:
        reply = self.get(f"/queue/next?count={count}")
        assert reply.status_code == 200, reply.text
        items: list[dict[str, Any]] = reply.json()["items"]
        return items

    def answer(self, item: dict[str, Any], label: str, identity: str | None = None) -> Any:
        body = {"answer_id": identity or new_id(), "token": item["token"], "label": label}
        return self.post("/queue/answers", body)


_APPS: WeakKeyDictionary[Engine, dict[str | None, FastAPI]] = WeakKeyDictionary()


def visitor(engine: Engine, settings: Settings | None = None) -> TestClient:
    """Somebody who is not signed in; all with the same settings come to one server."""
    apps = _APPS.setdefault(engine, {})
    key = None if settings is None else settings.model_dump_json()
    app = apps.get(key) or apps.setdefault(key, create_app(engine, settings or Settings()))
    return TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)


def new_id() -> str:
    return uuid.uuid4().hex


def said(engine: Engine) -> list[Verdict]:
    """All standing verdicts."""
    with engine.connect() as connection:
        check_chain(connection)
        keys: Sequence[int] = connection.execute(select(traces.c.key)).scalars().all()
        return [one for of_trace in verdicts_on(connection, keys).values() for one in of_trace]


def kind(reply: Any) -> tuple[int, str]:
    """A reply's status and the kind of problem that it tells."""
    return reply.status_code, reply.json()["type"].rpartition(":")[2]
