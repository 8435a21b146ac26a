"""The ledger on PostgreSQL does what it does on SQLite."""

from collections.abc import Iterator

import pytest
from conftest import NewDatabase
from judging_cases import judge, kinds, run, trace
from sqlalchemy import Engine
from triage_medical import isolated

from triage.judging import Ledger
from triage.judging.bookkeeping.ledger import Work
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act
from triage.store.database import open_store

TRACES = [trace(i) for i in range(10)]


@pytest.fixture
def engine(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    found = open_store(new_database())
    yield found
    found.dispose()


def test_answers_are_kept_and_money_is_limited(engine: Engine) -> None:
    rules = (Rule(do=Act.STATUS, status=500, share=0.1), Rule(do=Act.NOT_JSON, share=0.05))
    with StandIn(Script(rules=rules)) as server:
        found = run(engine, [judge(server)], isolated, TRACES, limit_usd=0.05)
        spent, held = Ledger(engine).balance()
        assert 0 < spent <= 0.05e9
        assert held == 0
        assert kinds(found)["money-limit"] > 0
        run(engine, [judge(server)], isolated, TRACES, limit_usd=10.0)
        before = server.journal.asked.total()
        found = run(engine, [judge(server)], isolated, TRACES)
        assert kinds(found)["Proposal"] >= 38
        assert server.journal.asked.total() - before <= 4, "only what is missing"
    rows = Ledger(engine).costs()
    assert sum(row["cost_nano"] for row in rows) == Ledger(engine).balance()[0]


def test_a_question_is_asked_in_one_place(engine: Engine) -> None:
    here, there = Ledger(engine, asker="a"), Ledger(engine, asker="b")
    keys = [f"{number:064d}" for number in range(20)]
    assert here.apply(Work(claim=keys[:15])).holders == {}
    refused = there.apply(Work(claim=keys[10:])).holders
    assert refused == dict.fromkeys(keys[10:15], ("a", 1))
    here.apply(Work(beat=True))
    assert there.apply(Work(claim=keys[10:11])).holders == {keys[10]: ("a", 2)}
    here.apply(Work(free=keys[:11]))
    assert there.apply(Work(claim=keys[9:11])).holders == {}
    there.apply(Work(bury=["a"]))
    assert there.apply(Work(claim=keys)).holders == {}
