"""The queue under several hands at once, on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run_triage, write_lines
from queue_cases import here, split
from sqlalchemy import text

from triage.store.database import open_store
from triage.store.labelling.verdicts import check_chain, log_lines

__all__ = ["here"]

HANDS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, here: Path) -> str:
    """A store with as many disputed steps as experts, who may judge them all."""
    kind = request.param
    made: str = (
        "sqlite:///triage.db" if kind == "sqlite" else request.getfixturevalue("new_database")()
    )
    traces = [split(f"t{number}", problem="ZEBRA") for number in range(HANDS)]
    assert run_triage("run", write_lines(Path("in.jsonl"), traces), "--db", made).status == 0
    for number in range(HANDS):
        run_triage("experts", "add", f"e{number}", "--credential", "history", "--db", made)
    return made


def at_once(*commands: list[str]) -> list[str]:
    """What several processes print that run at the same time."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "triage", *command], stdout=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    return [process.communicate(timeout=120)[0] for process in started]


def test_experts_who_ask_at_once_get_different_steps(db: str) -> None:
    outs = at_once(
        *(["queue", "next", "--expert", f"e{n}", "--json", "--db", db] for n in range(HANDS))
    )
    assert len({out for out in outs if '"trace_id"' in out}) == HANDS


def test_answers_given_at_once_make_one_chain(db: str) -> None:
    outs = at_once(
        *(
            ["queue", "submit", "t0", "1", "incorrect", "--expert", f"e{n}", "--note", "ZEBRA",
             "--db", db]
            for n in range(HANDS)
        )
    )  # fmt: skip
    assert all("the step is incorrect by expert" in out for out in outs)
    engine = open_store(db)
    with engine.connect() as connection:
        assert check_chain(connection).rows == HANDS
    assert run_triage("forget", "t0", "--db", db).status == 0
    with engine.connect() as connection:
        assert check_chain(connection).rows == HANDS
        assert {line["note"] for line in log_lines(connection)} == {None}
        bodies = connection.execute(text("SELECT body FROM traces WHERE id = 't0'")).scalars()
        assert list(bodies) == [None]
    stats = run_triage("queue", "stats", "--json", "--db", db).json
    assert stats["states"] == {"waiting": HANDS - 1, "leased": 0, "split": 0, "settled": 0}
    assert stats["experts"]["e0"] == {"answered": 1, "skipped": 0}
    backup = run_triage("backup", "copy.db", "--db", db)
    assert backup.status == (0 if db.startswith("sqlite") else 2)
    engine.dispose()


def test_a_run_goes_on_while_experts_answer(db: str) -> None:
    traces = [split(f"more{number}") for number in range(1500)]
    running = subprocess.Popen(
        [sys.executable, "-m", "triage", "run", str(write_lines(Path("more.jsonl"), traces)),
         "--db", db],
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    labels = ("incorrect", "necessary")
    said = 0
    while running.poll() is None:
        label = labels[said % 2]
        assert (
            run_triage("queue", "submit", "t1", "1", label, "--expert", "e0", "--db", db).status
            == 0
        )
        said += 1
    problems = running.communicate()[1]
    assert running.returncode == 0, problems
    assert said > 0
    engine = open_store(db)
    with engine.connect() as connection:
        assert check_chain(connection).rows == said
    engine.dispose()
