"""A project to certify on a server: traces of known truth, experts, a lead, both databases."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from certify_cases import project
from server_cases import Browser, Databases, new_id, put_in
from sqlalchemy import Engine, insert

from triage.configuration.settings import DeskSettings, Settings
from triage.queue.people import admit
from triage.queue.verdicts.answering import answer
from triage.records import Label, Mode, Verdict
from triage.store.database import open_store, writing
from triage.store.labelling.queue import entries
from triage.store.people.accounts import Role
from triage.store.tables.judge_tables import judge_accounts, judge_answers

TRACES, TRUTH = project(errors=0.0)
"""The machine is right wherever it is sure: with any seed of a draw the certificate is signed."""
PLAN: dict[str, Any] = {"alpha": 0.15, "labels": 40, "coverage": 0.7}
"""A plan that certifies some 320 steps."""
STAFF: dict[str, tuple[list[str], list[Role]]] = {
    "ann": (["prose"], []),
    "bob": (["prose"], []),
    "eve": (["prose"], [Role.ADJUDICATOR]),
    "lea": ([], [Role.LEAD]),
    "ada": ([], [Role.ADMIN]),
    "bot": ([], [Role.PLATFORM]),
}


def fill(url: str) -> None:
    """Put the project and its people into an empty store."""
    if url.startswith("sqlite"):
        shutil.copy(_made(), url.removeprefix("sqlite:///"))
    else:
        _fill(url)


@cache
def _made() -> Path:
    """A store with the project, made once."""
    place = Path(tempfile.mkdtemp(prefix="lead-cases-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _fill(f"sqlite:///{place}/triage.db")
    return place / "triage.db"


def _fill(url: str) -> None:
    put_in(url, *TRACES)
    engine = open_store(url)
    with writing(engine) as connection:
        for name, (credentials, roles) in STAFF.items():
            admit(connection, "test", name, credentials, roles)
    engine.dispose()


@pytest.fixture(scope="module", params=["lite", "post"])
def projects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Copies of a store with the project, once on each database."""
    new = request.getfixturevalue("new_database") if request.param == "post" else None
    return Databases(tmp_path_factory.mktemp("project"), new, fill)


@pytest.fixture
def store(projects: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.chdir(tmp_path)
    engine = open_store(projects.copy())
    yield engine
    engine.dispose()


class Lead(Browser):
    """A lead before the pages."""

    def __init__(self, engine: Engine, name: str = "lea", settings: Settings | None = None) -> None:
        super().__init__(engine, name, settings)
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


def worked(engine: Engine) -> None:
    """A week's work: verdicts of six days, second thoughts, a flag, and judges' bills."""
    with engine.connect() as connection:
        asked = [(one.trace_id, one.step) for one in entries(connection, limit=40)]
    now = datetime.now(UTC)
    settings = Settings(desk=DeskSettings(reveal=True))
    for number, (trace_id, step) in enumerate(asked[:24]):
        at = now - timedelta(days=6.5 - number // 4, minutes=number)
        experts = ("ann", "bob") if number % 3 == 0 else ("ann",)
        for expert in experts:
            label = TRUTH[trace_id, step] if (expert, number % 9) != ("bob", 0) else "redundant"
            verdict = Verdict(
                trace_id=trace_id, step=step, label=Label(label), expert=expert,
                mode=Mode.BLIND, seconds=20.0 + number % 7, at=at,
            )  # fmt: skip
            answer(engine, settings, verdict)
    bob = Browser(engine, "bob", settings)
    for number, item in enumerate(bob.next(5)):
        given = new_id()
        assert bob.answer(item, "incomplete", given).status_code == 200
        assert bob.get(f"/queue/reveal?answer_id={given}").status_code == 200
        if number % 2:
            second = {"answer_id": new_id(), "amends": given, "label": truth_of(item["step"]),
                      "reason": "the judges are right"}  # fmt: skip
            assert bob.post("/queue/amend", second).status_code == 200
    ann = Browser(engine, "ann")
    token = ann.next()[0]["token"]
    assert ann.post("/queue/flag", {"token": token, "what": "a table is missing"}).is_success
    bought(engine)


def bought(engine: Engine) -> None:
    """Answers of two judges in two domains, some of whole traces, as the ledger keeps them."""
    bills = [
        (judge, cost, domain, number)
        for judge, cost in (("judge:a", 2_000_000), ("judge:b", 7_500_000))
        for domain, many in (("prose", 20), ("verse", 4))
        for number in range(many)
    ]
    same = {"account": "default", "prompt": "p", "model": "m", "text": "", "finish": "stop"}
    rest = {"tokens": None, "cache_read": 100, "cache_write": 0, "seconds": 1.0, "at": 1.0}
    rows = [
        same
        | rest
        | {"key": f"{judge}{domain}{number}", "source": judge, "domain": domain}
        | {"trace_id": f"t{number}", "step": None if number % 5 else number}
        | {"input": 900, "output": 120, "cost_nano": cost}
        for judge, cost, domain, number in bills
    ]
    spent = sum(cost for _, cost, _, _ in bills)
    with engine.begin() as connection:
        connection.execute(insert(judge_answers), rows)
        account = {"name": "default", "spent_nano": spent, "held_nano": 40_000_000}
        connection.execute(insert(judge_accounts), account)
