"""Copies of the store, taken while it is written to."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from queue_cases import call, given, here, split, stored
from sqlalchemy import create_engine

from triage.errors import UsageError
from triage.store.backup import copy_store
from triage.store.database import open_store

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")

WRITER = """
import sqlite3, sys
db = sqlite3.connect("triage.db", isolation_level=None, timeout=60)
for number in range(1, 100_000):
    # both tables change together: a copy that holds one without the other is torn
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO experts VALUES (?, '[]', 0, NULL)", (f"e{number}",))
    db.execute("INSERT INTO plugins VALUES (?, ?, '', 0)", (f"p{number}", "x" * 2000))
    db.execute("COMMIT")
    if number == 50:
        print("going", flush=True)
"""


def count(file: str, table: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(found)


def test_a_copy_taken_while_others_write_is_whole() -> None:
    open_store().dispose()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "going\n"
        sizes = []
        for number in range(3):
            called = call("backup", f"copy{number}.db")
            assert called.status == 0, called.err
            assert not [*Path().glob(f"copy{number}.db-*"), *Path().glob(".copy*")]
            sizes.append(count(f"copy{number}.db", "experts"))
            assert sizes[-1] == count(f"copy{number}.db", "plugins")
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    assert 50 <= sizes[0] < sizes[1] < sizes[2]


def test_a_copy_is_a_store_and_takes_the_place_of_an_older_one() -> None:
    stored(split("t"))
    call("experts", "add", "ann", "--credential", "*")
    given("t", "1", "incorrect", "--expert", "ann")
    Path("copy.db").write_text("an older file")
    assert call("backup", "copy.db").status == 0
    listed = call("queue", "list", "--json", "--db", "sqlite:///copy.db").json
    assert [(one["trace_id"], one["state"]) for one in listed] == [("t", "settled")]


def test_the_store_is_not_copied_onto_itself() -> None:
    stored(split("t"))
    for name in ("triage.db", "./triage.db"):
        called = call("backup", name)
        assert called.status == 2
        assert "itself" in called.err
    assert len(call("queue", "list", "--json").json) == 1


def test_a_folder_that_is_not_there_is_named() -> None:
    assert "there is no store" in call("backup", "copy.db").err
    open_store().dispose()
    called = call("backup", "nowhere/copy.db")
    assert called.status == 2
    assert "nowhere" in called.err


def test_postgresql_has_tools_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pg_dump"):
        copy_store(create_engine("postgresql+psycopg://localhost/none"), tmp_path / "copy")
