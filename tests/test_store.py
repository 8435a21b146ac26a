"""The store: its schema, its migrations, and the same results on both databases."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import NewDatabase, Triage, read_lines, write_lines
from sqlalchemy import text, update

from triage import examples
from triage.store.database import NEWEST, open_store, writing
from triage.store.platforms.jobs import (
    NewJob,
    complete,
    drop_abandoned,
    keep_part,
    make_job,
    upload_part,
    work_to_do,
)
from triage.store.tables.columns import METADATA
from triage.store.tables.gold_tables import gold
from triage.store.tables.job_tables import jobs
from triage.store.tables.judge_tables import judge_answers
from triage.store.tables.platform_tables import label_studio_projects
from triage.store.tables.schema import traces

TABLES = (gold, jobs, judge_answers, label_studio_projects, traces)
"""One of every module that holds tables: those that are not read are not compared."""


@pytest.fixture
def database(new_database: NewDatabase) -> str:
    """A new, empty PostgreSQL database."""
    return new_database()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    made: str = request.getfixturevalue("database")
    return made


def test_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    assert all(table.metadata is METADATA for table in TABLES)
    engine = open_store(url)
    with engine.connect() as connection:
        # types differ in name only between databases and are left out
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    assert version == NEWEST


def test_a_newer_store_is_left_alone(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "steps": ["s"]}])
    assert triage("run", "in.jsonl").status == 0
    with sqlite3.connect("triage.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = triage("run", "in.jsonl")
    assert ran.status == 1
    assert "newer version" in ran.err


@pytest.mark.parametrize(
    ("bad", "status"),
    [("nonsense", 2), ("mongodb://here/x", 2), ("sqlite:////no/such/folder/x.db", 1)],
)
def test_a_store_that_cannot_be_used_is_one_clear_line(
    triage: Triage, bad: str, status: int
) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "steps": ["s"]}])
    ran = triage("run", "in.jsonl", "--db", bad)
    assert ran.status == status
    assert len(ran.err.strip().splitlines()) == 1


def decisions(out: Path) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in ("trace_id", "step", "label", "score", "decision", "reasons")}
        for row in read_lines(out)
    ]


def test_both_databases_decide_the_same(triage: Triage, database: str) -> None:
    files = [str(path) for path in examples.paths()]
    assert triage("run", *files, "--out", "lite.jsonl").status == 0
    ran = triage("run", *files, "--out", "post.jsonl", "--db", database)
    assert ran.status == 0, ran.err
    assert decisions(Path("post.jsonl")) == decisions(Path("lite.jsonl"))
    again = triage("run", *files, "--json", "--db", database)
    assert again.json["known"] == again.json["traces"]


def test_history_is_only_added_to(triage: Triage) -> None:
    trace = {"id": "t", "problem": "p", "domain": "prose", "steps": ["s"]}
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl")
    triage("run", "in.jsonl")
    word = {"source": "handwritten", "step_labels": ["necessary"]}
    write_lines(Path("in.jsonl"), [trace | {"proposals": [word]}])
    triage("run", "in.jsonl", "--revise")
    with sqlite3.connect("triage.db") as connection:
        traces = connection.execute("SELECT id, revision FROM traces ORDER BY key").fetchall()
        kept = connection.execute("SELECT trace FROM decisions ORDER BY key").fetchall()
    assert traces == [("t", 1), ("t", 2)]
    assert kept == [(1,), (2,)]


def test_uploads_that_broke_off_a_day_ago_are_removed(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path}/store.db")
    with writing(engine) as connection:
        old, young, whole = (make_job(connection, NewJob("bot"))[0] for _ in range(3))
        for key in (old, young, whole):
            keep_part(connection, key, 0, b"{}")
        complete(connection, whole)
        long_ago = update(jobs).where(jobs.c.key.in_([old, whole])).values(made_at=0.0)
        connection.execute(long_ago)
        drop_abandoned(connection)
        left = [key for key in (old, young, whole) if upload_part(connection, key, 0)]
        assert [one.key for one in work_to_do(connection)] == [whole]
    engine.dispose()
    assert left == [young, whole]
