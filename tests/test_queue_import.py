"""Files of verdicts: every line is taken once, or named as a reject."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, run_triage, write_lines
from queue_cases import asked, call, given, here, split, stored, verdict

from triage.store.database import open_store
from triage.store.labelling.verdicts import check_chain

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(autouse=True)
def store(here: object) -> None:
    stored(split("t"), split("u"))
    for name in ("ann", "bob", "eve"):
        call("experts", "add", name, "--credential", "history")


def take(rows: list[dict[str, Any]]) -> Any:
    called = call("queue", "import", write_lines(Path("v.jsonl"), rows), "--json")
    return called.json | {"status": called.status}


def rows_in_the_log() -> int:
    with open_store().connect() as connection:
        return check_chain(connection).rows


def test_a_file_taken_twice_counts_once() -> None:
    rows = [
        verdict("t", 1, "incorrect", "ann", note="n", seconds=3),
        verdict("u", 1, "redundant", "bob"),
    ]
    assert take(rows) == {"new": 2, "known": 0, "rejected": 0, "status": 0}
    assert take(rows) == {"new": 0, "known": 2, "rejected": 0, "status": 0}
    assert rows_in_the_log() == 2
    assert {state for _, _, state in asked()} == {"settled"}
    assert not Path("v.rejects.jsonl").exists()


def test_an_explicit_id_counts_once_whatever_comes_with_it() -> None:
    row = verdict("t", 1, "incorrect", "ann", answer_id="a-1")
    assert take([row, row | {"seconds": 9}])["known"] == 1
    assert take([row | {"label": "necessary"}])["rejected"] == 1
    (reject,) = read_lines(Path("v.rejects.jsonl"))
    assert reject["field"] == "answer_id"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"label": "wrong"}, "label"),
    ({"label": None}, "label"),
    ({"trace_id": "nobody"}, "trace_id"),
    ({"step": 3}, "step"),
    ({"step": -1}, "step"),
    ({"step": "1"}, "step"),
    ({"expert": "ida"}, "expert"),
    ({"expert": ""}, "expert"),
    ({"mode": "guessed"}, "mode"),
    ({"at": "yesterday"}, "at"),
    ({"seconds": -1}, "seconds"),
    ({"by": "adjudicator"}, "by"),
    ({"score": 0.9}, "score"),
    ({"answer_id": 7}, "answer_id"),
    ({"note": "a\0b"}, "note"),
]


def test_bad_lines_are_named_and_the_rest_goes_on() -> None:
    rows = [verdict("t", 1, "incorrect", "ann") | change for change, _ in BAD]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    good = json.dumps(verdict("u", 1, "incorrect", "ann"))
    Path("v.jsonl").write_bytes(text.encode() + b"{broken\n\xff\xfe\n[]\n" + good.encode() + b"\n")
    called = call("queue", "import", "v.jsonl", "--json")
    assert called.status == 3
    assert called.json == {"new": 1, "known": 0, "rejected": len(BAD) + 3}
    rejects = read_lines(Path("v.rejects.jsonl"))
    assert [one["line"] for one in rejects] == list(range(1, len(BAD) + 4))
    assert [one["field"] for one in rejects[: len(BAD)]] == [field for _, field in BAD]
    assert all(one["reason"] and one["file"] == "v.jsonl" for one in rejects)
    assert asked()[-1] == ("u", 1, "settled")


def test_a_resolved_step_is_not_opened_by_a_file() -> None:
    take([verdict("t", 1, "incorrect", "ann"), verdict("t", 1, "necessary", "bob")])
    done = call("queue", "resolve", "t", "1", "redundant", "--adjudicator", "eve", "--reason", "so")
    assert done.status == 0
    again = take([
        verdict("t", 1, "incorrect", "ann"),
        verdict("t", 1, "necessary", "bob", at="2026-05-05T00:00:00Z"),
    ])  # fmt: skip
    assert again == {"new": 0, "known": 1, "rejected": 1, "status": 3}
    assert ("t", 1, "settled") in asked()


def test_arrays_gzip_and_standard_input_are_read_too() -> None:
    array = json.dumps([verdict("t", 1, "incorrect", "ann"), verdict("t", 0, "necessary", "ann")])
    Path("v.json.gz").write_bytes(gzip.compress(array.encode()))
    assert call("queue", "import", "v.json.gz", "--json").json["new"] == 2
    line = json.dumps(verdict("u", 1, "incorrect", "ann", at="2026-01-02T03:04:05"))
    piped = run_triage("queue", "import", "-", stdin=line)
    assert piped.status == 0, piped.err
    assert "1 verdicts are new" in piped.out


def test_a_damaged_file_keeps_what_could_be_read() -> None:
    rows = "".join(
        json.dumps(verdict("t", 1, "incorrect", "ann", note=f"{n}" * 99)) + "\n" for n in range(999)
    )
    Path("v.jsonl.gz").write_bytes(gzip.compress(rows.encode())[:-50])
    called = call("queue", "import", "v.jsonl.gz", "--json")
    assert called.status == 3
    assert called.json["new"] + called.json["known"] > 0
    assert called.json["rejected"] == 1


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_no_input(content: bytes) -> None:
    Path("v.jsonl").write_bytes(content)
    assert call("queue", "import", "v.jsonl").status == 2
    assert call("queue", "import", "missing.jsonl").status == 2


def test_a_file_asks_on_where_answer_and_steps_contradict() -> None:
    words: dict[str, list[str | None]] = {j: ["necessary", "incorrect", "incorrect"] for j in "ab"}
    from queue_cases import trace

    stored(trace("w", words, final_correct=True))
    first = [step for name, step, _ in asked() if name == "w"]
    assert len(first) == 1
    assert take([verdict("w", first[0], "necessary", "ann")])["new"] == 1
    waiting = [step for name, step, state in asked() if name == "w" and state == "waiting"]
    assert len(waiting) == 1
    assert waiting != first
    given("w", str(waiting[0]), "incorrect", "--expert", "ann")
