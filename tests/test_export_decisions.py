"""`triage export decisions`: what the store holds comes out whole, in every form."""

import gzip
import json
from pathlib import Path

import pytest
from conftest import Triage, read_lines, run_triage, write_lines
from export_store import DB, Call, call, certify, give, hire, rows, store, trace, verdict
from pyarrow import parquet

from triage.ingest import read_traces
from triage.ingest.items import Ingested
from triage.records import Decision
from triage.store.database import open_store, writing
from triage.store.run.traces import Incoming, admit

__all__ = ["store"]

TRACES = [
    trace("zulu", ["necessary", "incorrect", None], note={"kept": [1, None]}),
    trace("alpha", ["necessary", "necessary"], domain="verse", text="alpha says 0. alpha says 1."),
]
NESTED = ("reasons", "final", "proposals", "abstained", "failed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an input and what `triage run` made of it."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_lines(Path("in.jsonl"), TRACES)
        assert run_triage("run", "in.jsonl", "--out", "run.jsonl").status == 0
        hire()
    return folder


def test_it_writes_what_run_wrote(store: Call) -> None:
    assert store("export", "decisions", "--out", "out.jsonl").status == 0
    assert Path("out.jsonl").read_bytes() == Path("run.jsonl").read_bytes()
    accept = ("--accept", "provisional")
    store("run", "in.jsonl", "--out", "run.jsonl", *accept)
    store("export", "decisions", "--out", "out.jsonl", *accept)
    assert Path("out.jsonl").read_bytes() == Path("run.jsonl").read_bytes()
    decisions = [row["decision"] for row in read_lines(Path("out.jsonl"))]
    assert decisions == ["accept", "accept", "ask", "accept", "accept"]


def test_every_form_holds_the_same(store: Call) -> None:
    give(verdict("zulu", 2, "incomplete", note="why?", correction="Because."))
    certify("alpha", [0], "certificate-1")
    store("export", "decisions", "--out", "out.jsonl")
    plain = read_lines(Path("out.jsonl"))
    assert plain[2]["final"]["label"] == "incomplete"
    assert plain[3]["certificate"] == "certificate-1"
    to_stdout = store("export", "decisions")
    assert [json.loads(line) for line in to_stdout.out.splitlines()] == plain
    assert store("export", "decisions", "--out", "-").out == to_stdout.out
    store("export", "decisions", "--out", "out.jsonl.gz")
    with gzip.open("out.jsonl.gz", "rt", encoding="utf-8") as packed:
        assert [json.loads(line) for line in packed] == plain
    store("export", "decisions", "--out", "out.parquet")
    table = parquet.read_table("out.parquet").to_pylist()
    for row in table:
        row.update({name: row[name] and json.loads(row[name]) for name in NESTED})
    assert table == plain


def test_lines_read_back_as_the_record(store: Call) -> None:
    give(verdict("zulu", 1, "incorrect", inherits_error=False, seconds=4.5))
    lines = store("export", "decisions").out.splitlines()
    for line in lines:
        assert Decision.model_validate_json(line).model_dump_json(by_alias=True) == line
    final = json.loads(lines[1])["final"]
    assert (final["by"], final["verdicts"][0]["seconds"]) == ("expert", 4.5)


def test_filters_and_order_of_arrival(store: Call) -> None:
    def ids(*arguments: str) -> list[str]:
        lines = store("export", "decisions", *arguments).out.splitlines()
        return list(dict.fromkeys(json.loads(line)["trace_id"] for line in lines))

    assert ids() == ["zulu", "alpha"]
    assert ids("--domain", "verse") == ["alpha"]
    assert ids("--domain", "verse", "--domain", "prose") == ["zulu", "alpha"]
    assert ids("--trace", "zulu") == ["zulu"]
    none = store("export", "decisions", "--trace", "yankee", "--out", "none.jsonl")
    assert (none.status, Path("none.jsonl").exists()) == (2, False)


def test_a_revised_trace_goes_out_in_its_newest_form(store: Call) -> None:
    write_lines(Path("in.jsonl"), [trace("zulu", ["necessary"])])
    store("run", "in.jsonl", "--revise")
    found = rows_of(store)
    assert [(row["trace_id"], row["step"]) for row in found] == [
        ("zulu", 0), ("alpha", 0), ("alpha", 1),
    ]  # fmt: skip


def rows_of(store: Call) -> list[dict[str, object]]:
    assert store("export", "decisions", "--out", "out.jsonl").status == 0
    return rows("out.jsonl")


def test_traces_that_were_never_decided_are_named(store: Call) -> None:
    write_lines(Path("late.jsonl"), [trace("late", ["necessary"])])
    (item,) = read_traces(["late.jsonl"])
    assert isinstance(item, Ingested)
    with writing(open_store(DB)) as connection:
        admit(connection, [Incoming(item.trace, item.content_hash, "late:1")], revise=False)
    ran = store("export", "decisions", "--out", "out.jsonl")
    assert ran.status == 3
    assert "late" in ran.err
    assert len(rows("out.jsonl")) == 5


def test_no_store_is_made_and_no_file_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call("export", "decisions", "--out", "out.jsonl")
    assert ran.status == 1
    assert ran.err.startswith("triage: there is no store")
    assert list(Path().iterdir()) == []


def test_a_folder_that_is_not_there_is_a_clear_error(store: Call) -> None:
    for name in ("none/out.jsonl", "none/out.parquet"):
        ran = store("export", "decisions", "--out", name)
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1


def test_the_store_is_never_written_over(store: Call) -> None:
    before = Path("triage.db").read_bytes()
    assert store("export", "decisions", "--out", "triage.db").status == 2
    assert Path("triage.db").read_bytes() == before


def test_a_forgotten_trace_is_in_no_export(store: Call) -> None:
    assert store("forget", "zulu").status == 0
    assert {row["trace_id"] for row in rows_of(store)} == {"alpha"}
    assert "zulu" not in store("export", "prm800k", "--include", "provisional").out


def test_hostile_text_stays_one_line_of_data(triage: Triage) -> None:
    text = 'a\u2028b\nc "d" \\ </script> \U0001f600'
    hostile = trace("x\ny", ["necessary"]) | {"steps": [text], "problem": text}
    write_lines(Path("in.jsonl"), [hostile])
    triage("run", "in.jsonl")
    (line,) = triage("export", "decisions").out.strip("\n").split("\n")
    assert (json.loads(line)["trace_id"], json.loads(line)["text"]) == ("x\ny", text)
    (line,) = triage("export", "trl", "--include", "provisional").out.strip("\n").split("\n")
    assert json.loads(line)["completions"] == [text]
