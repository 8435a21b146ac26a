"""A project to certify on a server: traces of known truth, experts, a lead, both databases."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from certify_cases import project
from server_cases import Browser, Databases, post_base, put_in
from sqlalchemy import Engine

from triage.queue.people import admit
from triage.store.accounts import Role
from triage.store.database import open_store, writing

TRACES, TRUTH = project()
PLAN: dict[str, Any] = {"alpha": 0.15, "labels": 40, "coverage": 0.7}
"""A plan that certifies some 260 steps with about as many errors as the sources make."""
STAFF: dict[str, tuple[list[str], list[Role]]] = {
    "ann": (["prose"], []),
    "bob": (["prose"], []),
    "eve": (["prose"], [Role.ADJUDICATOR]),
    "lea": ([], [Role.LEAD]),
    "ada": ([], [Role.ADMIN]),
    "bot": ([], [Role.PLATFORM]),
}


def fill(url: str) -> None:
    put_in(url, *TRACES)
    engine = open_store(url)
    with writing(engine) as connection:
        for name, (credentials, roles) in STAFF.items():
            admit(connection, "test", name, credentials, roles)
    engine.dispose()


@pytest.fixture(scope="module", params=["lite", "post"])
def projects(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Copies of a store with the project, once on each database."""
    with ExitStack() as stack:
        base = stack.enter_context(post_base()) if request.param == "post" else None
        yield Databases(tmp_path_factory.mktemp("project"), base, fill)


@pytest.fixture
def store(projects: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.chdir(tmp_path)
    engine = open_store(projects.copy())
    yield engine
    engine.dispose()


class Lead(Browser):
    """A lead before the pages."""

    def __init__(self, engine: Engine, name: str = "lea") -> None:
        super().__init__(engine, name)
        self.status = 0
        self.html = ""

    def look(self, path: str = "") -> str:
        """The words of a page."""
        return self._read(self.client.get(f"/lead{path}"))

    def act(self, path: str, **fields: object) -> str:
        """Send a form; gives the words of the page that answers."""
        sent = {"csrf": self.headers["X-CSRF-Token"]} | {k: str(v) for k, v in fields.items()}
        reply = self.client.post(
            f"/lead{path}", data=sent, headers={"Origin": self.headers["Origin"]}
        )
        return self._read(reply)

    def _read(self, reply: Any) -> str:
        self.status, self.html = reply.status_code, reply.text
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", reply.text)).split())


def label_all(engine: Engine, *, most: int = 1_000) -> int:
    """Ann, Bob and Eve label what waits from what is true, by the desk's API, to the end."""
    given = 0
    for name in ("ann", "bob"):
        browser = Browser(engine, name)
        while given < most and (items := browser.next(5)):
            for item in items:
                reply = browser.answer(item, truth_of(item["step"]))
                assert reply.status_code == 200, reply.text
                given += 1
    return given


def truth_of(text: str) -> str:
    """What is true of a step, by its words: 't 12 says 3.'"""
    name, number, _, step = text.rstrip(".").split()
    return TRUTH[name + number, int(step)]
