"""How often a request waits for the database server: what its speed comes from, without a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from server_cases import Browser, Databases, new_id, post_databases
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import IntegrityError

from triage.store.database import open_store, writing
from triage.store.labelling.verdicts import check_chain
from triage.store.later import write_later
from triage.store.tables.schema import flags

__all__ = ["post_databases"]

psycopg = pytest.importorskip("psycopg")
ROW = {"trace": 1, "step": 0, "expert": "ann", "what": "first", "at": 0.0}


@pytest.fixture
def engine(
    post_databases: Databases, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    monkeypatch.chdir(tmp_path)
    made = open_store(post_databases.copy())
    yield made
    made.dispose()


class Trips:
    """Counts statements that are waited for one by one, and pipelines as one each."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, raw: Any) -> None:
        outside = raw.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF
        self.count += outside


@pytest.fixture
def trips(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Trips:
    counted = Trips()
    kind = psycopg.Connection
    pipeline = kind.pipeline

    @contextmanager
    def counted_pipeline(self: Any) -> Iterator[Any]:
        counted.of(self)
        with pipeline(self) as one:
            yield one

    def ended(name: str) -> Any:
        end = getattr(kind, name)

        def counted_end(self: Any) -> None:
            if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                counted.of(self)
            end(self)

        return counted_end

    monkeypatch.setattr(kind, "pipeline", counted_pipeline)
    for name in ("commit", "rollback"):
        monkeypatch.setattr(kind, name, ended(name))
    event.listen(
        engine,
        "before_cursor_execute",
        lambda connection, *_: counted.of(connection.connection.dbapi_connection),
    )
    return counted


def test_the_next_step_and_an_answer_take_few_trips(engine: Engine, trips: Trips) -> None:
    ann = Browser(engine, "ann")
    assert len(ann.next(2)) == 2  # counts what waits, which is good for a while
    for _ in range(2):
        trips.count = 0
        items = ann.next(2)
        # who asks; what lies there and waits; the grip on a step, with its text; its new name
        assert trips.count == 4
        trips.count = 0
        identity = new_id()
        assert ann.answer(items[0], "necessary", identity).status_code == 200
        # who asks; what it is about; locks and all that is decided with; writes; the log's end
        assert trips.count == 5
        assert ann.answer(items[0], "necessary", identity).json()["known"] is True
    with engine.connect() as connection:
        assert check_chain(connection).rows == 2


def test_what_is_written_later_is_there_for_whoever_reads(engine: Engine) -> None:
    with writing(engine) as connection:
        write_later(connection, insert(flags), ROW)
        assert list(connection.execute(select(flags.c.what)).scalars()) == ["first"]
        write_later(connection, insert(flags), ROW | {"step": 1})
    assert read_flags(engine) == [0, 1]
    with engine.begin() as connection:
        write_later(connection, insert(flags), ROW | {"step": 2})
    assert read_flags(engine) == [0, 1, 2]


def test_what_fails_later_leaves_nothing_behind(engine: Engine) -> None:
    def note_twice() -> None:
        with writing(engine) as connection:
            write_later(connection, insert(flags), ROW)
            write_later(connection, insert(flags), ROW)

    def leave_midway() -> None:
        with writing(engine) as connection:
            write_later(connection, insert(flags), ROW)
            raise RuntimeError("midway")

    with pytest.raises(IntegrityError):
        note_twice()
    with pytest.raises(RuntimeError, match="midway"):
        leave_midway()
    assert read_flags(engine) == []


def test_a_transaction_is_one_although_it_begins_late(engine: Engine) -> None:
    with engine.connect() as connection:
        assert in_transaction(connection)
        connection.execute(insert(flags), ROW)
        with connection.begin_nested() as aside:
            write_later(connection, insert(flags), ROW | {"step": 1})
            aside.rollback()
        assert list(connection.execute(select(flags.c.step)).scalars()) == [0]
    assert read_flags(engine) == []


def test_an_answer_whose_writing_fails_is_not_acknowledged(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger AS "
                "$$ BEGIN RAISE 'disk full'; END $$ LANGUAGE plpgsql"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE INSERT ON verdicts "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    assert ann.answer(item, "necessary").status_code == 503
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full_disk ON verdicts"))
    assert ann.next() == [item]
    assert ann.answer(item, "necessary").json()["known"] is False


def read_flags(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(select(flags.c.step).order_by(flags.c.step)).scalars())


def in_transaction(connection: Connection) -> bool:
    """Whether two statements are in one transaction, as the server sees it."""
    now = text("SELECT txid_current()")
    return bool(connection.execute(now).scalar() == connection.execute(now).scalar())


def test_a_database_that_was_restarted_is_found_again(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != "
        here = "pg_backend_pid() AND datname = current_database()"
        connection.execute(text(others + here))
        connection.invalidate()
    assert ann.get("/queue/next").status_code in (200, 503)
    assert ann.next() == [item]
    assert ann.answer(item, "necessary").json()["known"] is False
