"""The verdict log: nobody can change it unnoticed, and anybody can check it."""

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from queue_cases import call, copied, given, here, split, stored

from triage.errors import StoreError
from triage.store.database import open_store, writing
from triage.store.labelling.verdicts import check_chain, log_lines, verdicts_on, withdraw_verdict
from triage.verdictlog import CHAINED, GENESIS, check_log, step_digest

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with four verdicts on two traces."""
    place = tmp_path_factory.mktemp("log")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        stored(split("t"), split("u"))
        for name in ("ann", "bob"):
            call("experts", "add", name, "--credential", "*")
            given("t", "1", "incorrect", "--expert", name, "--note", f"{name}'s note")
            given("u", "0", "necessary", "--expert", name, "--inherits-error")
    return place


@pytest.fixture(autouse=True)
def log(home: Path, here: Path) -> list[dict[str, Any]]:
    """The lines of the log in the working folder."""
    copied(home)
    return lines()


def lines(*, words: bool = True) -> list[dict[str, Any]]:
    with open_store().connect() as connection:
        found = list(log_lines(connection, words=words))
    return [json.loads(json.dumps(line)) for line in found]


def check() -> int:
    with open_store().connect() as connection:
        return check_chain(connection).rows


def tamper(statement: str) -> None:
    with closing(sqlite3.connect("triage.db")) as connection:
        connection.execute(statement)
        connection.commit()


def test_the_log_is_intact_and_binds_the_text_that_was_judged(log: list[dict[str, Any]]) -> None:
    assert check() == 4
    assert log[0]["previous"] == GENESIS
    assert log[0]["step_digest"] == step_digest(log[0]["salt"], "Middle of t.")
    chain = check_log(log, lambda row: {"t": "Middle of t.", "u": "First of u."}[row["trace_id"]])
    assert (chain.rows, chain.head) == (4, log[-1]["hash"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdicts SET label = 'redundant' WHERE key = 2",
        "UPDATE verdicts SET expert = 'eve' WHERE key = 1",
        "UPDATE verdicts SET mode = 'assisted' WHERE key = 4",
        "UPDATE verdicts SET \"by\" = 'adjudicator' WHERE key = 3",
        "UPDATE verdicts SET inherits_error = NULL WHERE key = 2",
        "UPDATE verdicts SET seconds = 1.5 WHERE key = 2",
        "UPDATE verdicts SET at = '2020-01-01T00:00:00Z' WHERE key = 2",
        "UPDATE verdicts SET step = 2 WHERE key = 2",
        "UPDATE verdicts SET note = 'another' WHERE key = 1",
        "UPDATE verdicts SET note = NULL WHERE key = 1",
        "UPDATE verdicts SET note = NULL, salt = NULL WHERE key = 1",
        "UPDATE verdicts SET answer_id = 'x' WHERE key = 1",
        "UPDATE verdicts SET withdraws = 'x' WHERE key = 1",
        "UPDATE verdicts SET trace = 2 WHERE key = 1",
        "UPDATE traces SET body = replace(body, 'Middle', 'Muddle') WHERE id = 't'",
        "DELETE FROM verdicts WHERE key = 1",
        "DELETE FROM verdicts WHERE key = 3",
        "UPDATE verdicts SET key = 9 WHERE key = 2",
    ],
)
def test_every_change_is_found(statement: str) -> None:
    tamper(statement)
    with pytest.raises(StoreError, match="altered"):
        check()


@pytest.mark.parametrize("field", [*CHAINED, "hash"])
def test_a_changed_field_is_found_on_another_machine(field: str, log: list[dict[str, Any]]) -> None:
    log[1][field] = "0" * 64 if field != "step" else 7
    with pytest.raises(StoreError, match="row 2"):
        check_log(log)


def test_a_missing_swapped_or_repeated_line_is_found(log: list[dict[str, Any]]) -> None:
    for changed in (log[1:], [log[0], *log[2:]], [log[1], log[0]], [log[0], log[0]]):
        with pytest.raises(StoreError):
            check_log(changed)


def test_without_the_words_the_chain_can_still_be_checked(log: list[dict[str, Any]]) -> None:
    bare = lines(words=False)
    assert check_log(bare).head == log[-1]["hash"]
    assert "note" not in json.dumps([{k: v for k, v in one.items() if v} for one in bare])
    # the same words twice leave no trace of being the same
    assert len({one["said_digest"] for one in bare}) == 4
    assert len({one["step_digest"] for one in bare}) == 4


def test_an_answer_that_is_taken_back_stays_in_the_log_and_does_not_count(
    log: list[dict[str, Any]],
) -> None:
    with writing(open_store()) as connection:
        withdraw_verdict(connection, log[0]["answer_id"], datetime.now(UTC))
        assert [one.expert for one in verdicts_on(connection, [1])[1]] == ["bob"]
        with pytest.raises(StoreError):
            withdraw_verdict(connection, log[0]["answer_id"], datetime.now(UTC))
    assert check() == 5
    assert lines()[-1]["withdraws"] == log[0]["answer_id"]


def test_an_answers_own_id_tells_nothing_of_its_note() -> None:
    from triage.records import Verdict
    from triage.store.labelling.verdicts import answer_id

    one = Verdict.model_validate(
        {"trace_id": "t", "step": 0, "label": "necessary", "expert": "a", "mode": "blind",
         "at": "2026-01-01T00:00:00Z", "note": "guess me"}
    )  # fmt: skip
    assert answer_id(one) == answer_id(one.model_copy(update={"note": None}))
    assert answer_id(one) != answer_id(one.model_copy(update={"step": 1}))


def test_the_exported_log_is_checked_before_and_can_be_checked_after() -> None:
    called = call("export", "verdicts", "--out", "log.jsonl.gz")
    assert called.status == 0, called.err
    rows = [
        json.loads(line) for line in gzip.decompress(Path("log.jsonl.gz").read_bytes()).splitlines()
    ]
    assert rows == lines()
    assert check_log(rows).head in called.err
    assert call("export", "verdicts", "--out", "bare.jsonl", "--no-words").status == 0
    assert "ann's note" not in Path("bare.jsonl").read_text()
    tamper("UPDATE verdicts SET note = 'another' WHERE key = 1")
    refused = call("export", "verdicts", "--out", "new.jsonl")
    assert refused.status == 1
    assert "altered at row 1" in refused.err
    assert not Path("new.jsonl").exists()
