"""Forgetting, checked in the raw bytes of the store's files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import read_lines, write_lines
from queue_cases import call, copied, given, here, split, stored

from triage.configuration.settings import Settings
from triage.ingest import Ingested, read_traces
from triage.pipeline.deciding import consider
from triage.store.database import open_store, writing
from triage.store.labelling.verdicts import check_chain
from triage.store.run.findings import Answered, keep_findings
from triage.store.run.traces import find_traces

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")

WORDS = ["ZEBRAPROBLEM", "ZEBRASTEP", "ZEBRAOPINION", "ZEBRANOTE", "ZEBRACORRECTION", "ZEBRASKIP"]
WORDS += ["ZEBRAJUDGE"]


def secret(**fields: object) -> dict[str, object]:
    trace = split("t", problem="ZEBRAPROBLEM? " + "long " * 3000)
    trace["steps"] = ["ZEBRASTEP one.", "ZEBRASTEP two.", "ZEBRASTEP three."]
    for proposal in trace["proposals"]:
        proposal["explanations"] = ["ZEBRAOPINION"] * 3
    return trace | fields


def bytes_of_the_store() -> bytes:
    found = sorted(Path().glob("triage.db*"))
    assert Path("triage.db") in found
    return b"".join(path.read_bytes() for path in found)


def content_hashes() -> Iterator[str]:
    for item in read_traces(["in.jsonl"]):
        assert isinstance(item, Ingested)
        yield item.content_hash


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store with a trace that was judged, revised and judged again, among others."""
    place = tmp_path_factory.mktemp("forget")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return place, fill()


@pytest.fixture
def filled(home: tuple[Path, str], here: Path) -> str:
    """A copy of that store; the first version's content hash."""
    copied(home[0])
    return home[1]


def fill() -> str:
    others = [split(f"other{number}", problem="plain " * 500) for number in range(30)]
    stored(*others, secret())
    call("experts", "add", "ann", "--credential", "*")
    words = ["--note", "ZEBRANOTE", "--correction", "ZEBRACORRECTION"]
    given("t", "1", "incorrect", "--expert", "ann", *words)
    stored_hash = list(content_hashes())[-1]
    write_lines(Path("in.jsonl"), [secret(final_answer="ZEBRASTEP four")])
    assert call("run", "in.jsonl", "--revise").status == 0
    given("t", "2", "necessary", "--expert", "ann", *words)
    given("other0", "1", "necessary", "--expert", "ann", "--note", "STAYS")
    with closing(sqlite3.connect("triage.db")) as connection:
        connection.execute("INSERT INTO skips VALUES (31, 0, 'ann', 'ZEBRASKIP', 0)")
        for trace, text in (("t", "ZEBRAJUDGE"), ("other0", "JUDGED")):
            connection.execute(
                "INSERT INTO judge_answers (key, account, source, domain, trace_id, prompt, model,"
                " text, finish, input, output, cache_read, cache_write, cost_nano, seconds, at)"
                " VALUES (?, 'default', 's', 'd', ?, 'p', 'm', ?, 'stop', 1, 1, 0, 0, 1, 1, 1)",
                (trace, trace, text),
            )
        connection.commit()
    return stored_hash


def test_no_byte_of_a_forgotten_trace_is_left(filled: str) -> None:
    before = bytes_of_the_store()
    traces = [filled, *content_hashes()]
    for word in (*WORDS, *traces):
        assert word.encode() in before, word
    called = call("forget", "t", "--json")
    assert called.json == [{"trace_id": "t", "revisions": 2, "verdicts": 2}]
    after = bytes_of_the_store()
    for word in (*WORDS, *traces):
        assert word.encode() not in after, word
    assert b"STAYS" in after
    assert b"JUDGED" in after
    engine = open_store()
    with engine.connect() as connection:
        assert check_chain(connection).rows == 3
    assert {one["trace_id"] for one in call("queue", "list", "--json").json} == {
        f"other{number}" for number in range(30)
    }


def test_what_was_forgotten_is_refused_until_it_is_asked_for(filled: str) -> None:
    call("forget", "t")
    ran = call("run", "in.jsonl", "--out", "out.jsonl")
    assert ran.status != 0
    (reject,) = read_lines(Path("out.rejects.jsonl"))
    assert "forget" in reject["reason"]
    assert b"ZEBRASTEP" not in bytes_of_the_store()
    again = call("run", "in.jsonl", "--out", "out.jsonl", "--revise")
    assert again.status == 0, again.err
    rows = read_lines(Path("out.jsonl"))
    assert len(rows) == 3
    # what was said of the forgotten version does not speak for the new one
    assert [row["final"] for row in rows] == [None] * 3


def test_answers_on_a_forgotten_trace_are_refused(filled: str) -> None:
    call("forget", "t")
    called = call("queue", "submit", "t", "1", "incorrect", "--expert", "ann")
    assert called.status == 2
    assert "forgotten" in called.err


def test_an_unknown_trace_stops_all_and_erases_nothing(filled: str) -> None:
    called = call("forget", "t", "nobody")
    assert called.status == 2
    assert "nobody" in called.err
    assert b"ZEBRASTEP" in bytes_of_the_store()


def test_bytes_that_a_reader_holds_are_an_error_and_go_next_time(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.store.database._BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect("triage.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM traces").fetchone()
        called = call("forget", "t")
        assert called.status == 1
        assert "run forget again" in called.err
    assert call("forget", "t").status == 0
    assert b"ZEBRA" not in bytes_of_the_store()


def test_a_run_that_is_under_way_brings_nothing_back(filled: str) -> None:
    engine = open_store()
    with engine.connect() as connection:
        (stored,) = find_traces(connection, ["t"]).values()
    assert stored is not None
    assert call("forget", "t").status == 0
    answer = Answered(stored.key, "late", "f", b"ZEBRALATE", failed=False, cost_usd=0.0)
    with writing(engine) as connection:
        keep_findings(connection, [answer])
        consider(connection, [stored], Settings(), cause="run")
    engine.dispose()
    assert b"ZEBRA" not in bytes_of_the_store()
