"""Commits that wait for no checkpoint, and a log that is moved into the database all the same."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from triage.judging.bookkeeping import commits as commits_module
from triage.judging.bookkeeping.commits import Commits
from triage.judging.bookkeeping.ledger import Ledger
from triage.store.checkpoints import checkpoint, leave_checkpoints
from triage.store.database import open_store, writing

PAGE = 4096
USUAL_PAGES = 1_000
"""SQLite's own: a commit that finds so much in the log moves it into the database."""


def fill(connection: Connection, rows: int) -> None:
    connection.execute(text("CREATE TABLE IF NOT EXISTS filler (body BLOB)"))
    connection.execute(text("INSERT INTO filler VALUES (:body)"), [{"body": b"x" * PAGE}] * rows)


def test_a_commit_leaves_the_database_file_alone_until_someone_moves_the_log(
    tmp_path: Path,
) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/store.db")
    file = tmp_path / "store.db"
    with writing(engine) as connection:
        leave_checkpoints(connection)
        fill(connection, 1)
    before = file.stat().st_size
    for _ in range(3):
        with writing(engine) as connection:
            leave_checkpoints(connection)
            fill(connection, USUAL_PAGES)
    assert file.stat().st_size == before, "no commit waited for the disk"
    checkpoint(engine)
    assert file.stat().st_size > before + 3 * USUAL_PAGES * PAGE
    engine.dispose()


def test_the_ledgers_log_is_moved_aside_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = threading.Event()
    moved: list[bool] = []

    def slow(engine: Any) -> None:
        moved.append(written.wait(10))  # a disk with other work
        checkpoint(engine)

    monkeypatch.setattr(commits_module, "checkpoint", slow)
    monkeypatch.setattr(commits_module, "_CHECKPOINT_SECONDS", 0.0)
    engine = open_store(f"sqlite:///{tmp_path}/store.db")

    async def whole() -> None:
        commits = Commits(Ledger(engine))
        for number in range(8):
            await commits.claim(f"question {number}")
        written.set()
        await commits.close()

    asyncio.run(whole())
    assert moved[0], "what was written waited for the checkpoint"
    engine.dispose()
