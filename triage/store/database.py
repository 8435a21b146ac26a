"""Opens the store: SQLite in WAL mode or PostgreSQL, brought to the newest schema first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from triage.errors import MissingExtraError, StoreError, UsageError
from triage.runtime.masking import masked
from triage.store import later

DEFAULT_URL: Final = "sqlite:///triage.db"
NEWEST: Final = "0010"
"""Revision of the schema that this code reads and writes."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_SECONDS: Final = 30
_WRITES: Final = "triage_writes"
_POSTGRESQL: Final[dict[str, Any]] = {
    # more than these are opened for a request and closed after it, which takes as long as it does
    "pool_size": 20,
    "max_overflow": 20,
    # the connection used last comes first: few are kept warm, and know the statements
    "pool_use_lifo": True,
    # our transactions begin with their first trip: the driver's take one of their own
    "isolation_level": "AUTOCOMMIT",
}


def open_store(url: str = DEFAULT_URL) -> Engine:
    """Connect to a store, making or migrating its tables as needed.

    Raises:
        UsageError: The URL is none, or names a kind of database that is not supported.
        MissingExtraError: The database's driver is not installed.
        StoreError: The database can't be opened, or is newer than this version.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            at = revision(connection)
        if at != NEWEST:
            _migrate(engine, url, at)
    except DatabaseError as why:
        reason = masked(" ".join(str(why.orig).split()))
        raise StoreError(f"can't open the store {shown_url(url)}: {reason}") from why
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes SQLite's write lock at its start, so that it can't fail half-way."""
    with _writer(engine).begin() as connection:
        yield connection
        later.commit(connection)


@contextmanager
def reading_once(engine: Engine) -> Iterator[Connection]:
    """A connection for one statement that reads: one trip to a database server, not three."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def connect_to_write(engine: Engine) -> Connection:
    """A connection for many such transactions, one after the other."""
    return _writer(engine).connect()


def shown_url(url: str) -> str:
    """The URL without its password."""
    return masked(url)


def parse_url(url: str) -> URL:
    """Read a database URL; where it names PostgreSQL alone, our driver is put in.

    Raises:
        UsageError: It is none, or names a kind of database that is not supported.
    """
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    try:
        parsed = make_url(url)
    except ArgumentError as why:
        raise UsageError(f"not a database URL: {shown_url(url)}; try {DEFAULT_URL}") from why
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        kind = parsed.get_backend_name()
        raise UsageError(f"a store can't be on {kind}: use SQLite or PostgreSQL")
    return parsed


def revision(connection: Connection) -> str | None:
    """The schema revision a database is at; None where it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _engine(url: str) -> Engine:
    parsed = parse_url(url)
    server = parsed.get_backend_name() == "postgresql"
    try:
        engine = create_engine(parsed, **_POSTGRESQL if server else {})
    except NoSuchModuleError as why:
        raise UsageError(f"not a database URL: {shown_url(url)}; try {DEFAULT_URL}") from why
    except ModuleNotFoundError as why:
        raise MissingExtraError("a PostgreSQL store", "postgres") from why
    if server:
        later.gather(engine)
    else:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # the driver's own transactions begin too late; ours are begun by _begin_sqlite
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine, url: str, at: str | None) -> None:
    # alembic takes a quarter of a second to import, which only a first or an older store pays
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as why:
            raise StoreError(
                f"the store {shown_url(url)} is at schema {at}, which this version does not know: "
                "use the newer version of triage that made it"
            ) from why


def _writer(engine: Engine) -> Engine:
    return engine.execution_options(**{_WRITES: True})
