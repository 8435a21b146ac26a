"""Traces for the queue's tests, and the command line called without a process of its own."""

import io
import json
import shutil
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import write_lines

from triage.cli.main import main

LATER, ANSWER, OPINION, SECRET = "LATERSTEP", "FINALANSWER", "MACHINEOPINION", "METASECRET"


class Called(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*arguments: str | Path) -> Called:
    """Run a command in this process: the same front door, without half a second of imports."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    status = left.value.code
    return Called(status if isinstance(status, int) else 0, out.getvalue(), err.getvalue())


def trace(identity: str, words: dict[str, list[str | None]], **fields: Any) -> dict[str, Any]:
    """A trace with one outside judgement a judge; lengths of the words give the steps."""
    count = len(next(iter(words.values())))
    proposals = [
        {"source": judge, "step_labels": labels, "explanations": [f"{OPINION} {judge}"] * count}
        for judge, labels in words.items()
    ]
    made = {
        "id": identity,
        "domain": "history",
        "problem": f"The problem of {identity}?",
        "steps": [f"Step {number} of {identity}." for number in range(count)],
        "final_answer": ANSWER,
        "metadata": {"secret": SECRET},
        "generator": SECRET,
        "proposals": proposals,
    }
    return made | fields


def split(identity: str, **fields: Any) -> dict[str, Any]:
    """A trace of three steps whose middle one two judges differ on."""
    words: dict[str, list[str | None]] = {
        "a": ["necessary", "necessary", "necessary"],
        "b": ["necessary", "incorrect", "necessary"],
    }
    steps = [f"First of {identity}.", f"Middle of {identity}.", f"{LATER} of {identity}."]
    return trace(identity, words, steps=steps, **fields)


def stored(*traces: dict[str, Any]) -> None:
    """Run traces into the store of the working folder."""
    ran = call("run", write_lines(Path("in.jsonl"), list(traces)), "--out", "out.jsonl")
    assert ran.status == 0, ran.err


def copied(home: Path) -> None:
    """Put a copy of another folder's store and input into the working folder."""
    with closing(sqlite3.connect(home / "triage.db")) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("triage.db", "in.jsonl"):
        shutil.copy(home / name, name)


def verdict(identity: str, step: int, label: str, expert: str, **fields: Any) -> dict[str, Any]:
    return {
        "trace_id": identity,
        "step": step,
        "label": label,
        "expert": expert,
        "mode": "blind",
        "at": "2026-01-02T03:04:05Z",
    } | fields


def given(*arguments: str) -> Any:
    """What `submit` says of an answer that is taken."""
    called = call("queue", "submit", *arguments, "--json")
    assert called.status == 0, called.err
    return called.json


def asked() -> list[tuple[str, int, str]]:
    """The queue as a lead sees it: trace, step, state."""
    listed = call("queue", "list", "--json").json
    return [(one["trace_id"], one["step"], one["state"]) for one in listed]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
