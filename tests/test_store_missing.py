"""A store that is misspelt is told: only what takes something in makes one."""

from pathlib import Path

import pytest
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
