"""The store that a command names: a misspelt one is told, and none is written over."""

from pathlib import Path

import pytest
from conftest import write_lines
from queue_cases import call

READING = [
    "agreement",
    "audit status",
    "calibrate",
    "certify plan --alpha 0.05",
    "experts list",
    "experts repeat ann --domain math --reason why",
    "experts revoke ann",
    "experts standing",
    "export decisions",
    "export jsonl",
    "forget t1",
    "gold adopt",
    "gold list",
    "gold retire t1 0",
    "import jsonl answers.jsonl",
    "queue list",
    "queue stats",
    "report",
]


@pytest.mark.parametrize("command", READING)
def test_what_reads_a_store_makes_none(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    called = call(*command.split(), "--db", "sqlite:///mispelt.db")
    assert called.status == 1
    assert "there is no store at sqlite:///mispelt.db" in called.err
    assert not list(tmp_path.iterdir())


WRITING = [
    "run in.jsonl --out",
    "export decisions --out",
    "export verdicts --out",
    "export argilla --out",
    "export jsonl --out",
    "export langfuse --out",
    "export label-studio --out",
    "report --out",
    "backup",
]


@pytest.mark.parametrize("command", WRITING)
def test_no_output_takes_the_place_of_a_store(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines(Path("in.jsonl"), [{"id": "t", "problem": "p", "steps": ["a"]}])
    for name in ("mine.db", "theirs.db"):
        call("experts", "add", "ann", "--credential", "math", "--db", f"sqlite:///{name}")
    assert call("run", "in.jsonl", "--db", "sqlite:///mine.db").status == 0
    for name in ("mine.db", "theirs.db"):
        called = call(*command.split(), name, "--db", "sqlite:///mine.db")
        copies = command == "backup" and name == "theirs.db"
        assert called.status == (0 if copies else 2), called.err
        known = call("experts", "list", "--json", "--db", f"sqlite:///{name}").json
        assert [one["name"] for one in known] == ["ann"]


@pytest.mark.parametrize("form", ["decisions", "jsonl", "argilla"])
def test_a_trace_that_is_not_there_is_named(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines(Path("in.jsonl"), [{"id": "t", "problem": "p", "steps": ["a"]}])
    assert call("run", "in.jsonl").status == 0
    called = call("export", form, "--trace", "t", "--trace", "u", "--out", "out.jsonl")
    assert called.status == 2
    assert "no such traces: u" in called.err
    assert not Path("out.jsonl").exists()
    assert call("export", form, "--trace", "t", "--out", "out.jsonl").status == 0
