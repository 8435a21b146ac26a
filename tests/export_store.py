"""A store to export from: judged by hand-written sources, then by experts and a certificate."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from triage.cli import main
from triage.records import Action, Label, Mode, StepDecision, Verdict
from triage.store.database import open_store, writing
from triage.store.run.batch import Batch
from triage.store.run.decisions import Decided, keep_decisions, latest_decisions
from triage.store.run.traces import Stored

DB = "sqlite:///triage.db"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Called(NamedTuple):
    status: object
    out: str
    err: str


Call = Callable[..., Called]


def call(*arguments: str) -> Called:
    """Run a command in this process: a process of its own for each would take a second."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    status: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            status = end.code
        sys.stdout.flush()
    written = out.buffer
    assert isinstance(written, io.BytesIO)
    return Called(status, written.getvalue().decode(), err.getvalue())


@pytest.fixture
def store(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Commands on a copy of what a module has made, in a folder of the test's own."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return call


def trace(name: str, words: Sequence[str | None], **more: Any) -> dict[str, Any]:
    """A trace on whose steps two sources agree; a step without a word is judged by nobody."""
    return {
        "id": name,
        "domain": "prose",
        "problem": "Why is the sky blue?",
        "steps": [f"{name} says {at}." for at in range(len(words))],
        "proposals": [
            {"source": source, "step_labels": list(words), "confidences": [0.95] * len(words)}
            for source in ("handwritten:a", "handwritten:b")
        ],
    } | more


def verdict(name: str, step: int, label: str, expert: str = "ada", **more: Any) -> Verdict:
    return Verdict(
        trace_id=name, step=step, label=Label(label), expert=expert, mode=Mode.BLIND, at=AT, **more
    )


def give(*verdicts: Verdict) -> None:
    """Take experts' verdicts from a file."""
    lines = [one.model_dump_json(exclude_none=True) for one in verdicts]
    Path("verdicts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    taken = call("queue", "import", "verdicts.jsonl")
    assert taken.status == 0, taken.err


def hire() -> None:
    """Say who may answer."""
    for name in ("ada", "bob", "eve"):
        added = call("experts", "add", name, "--credential", "prose", "--credential", "verse")
        assert added.status == 0, added.err


def certify(name: str, steps: Sequence[int], certificate: str) -> None:
    """Accept steps as a signed certificate does."""
    (about,) = [one for one in _all() if one.trace().id == name]
    with writing(open_store(DB)) as connection:
        decided = latest_decisions(connection, [about.key])[about.key]
        accepted = [_accepted(one, certificate) if one.step in steps else one for one in decided]
        keep_decisions(connection, [Decided(about.key, about.domain, accepted)], "certificate")


def _accepted(one: StepDecision, certificate: str) -> StepDecision:
    return one.model_copy(update={"action": Action.ACCEPT, "certificate": certificate})


def _all() -> list[Stored]:
    with open_store(DB).connect() as connection:
        batch = Batch(connection)
        with connection.begin():
            batch.add_all()
        return [one for chunk in batch.chunks() for one in chunk]


def rows(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
