"""Looks at a store without making, migrating or changing anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, func, select
from sqlalchemy.exc import DatabaseError, NoSuchModuleError

from triage.errors import MissingExtraError, StoreError, UsageError
from triage.runtime.masking import masked
from triage.store.database import DEFAULT_URL, NEWEST, open_store, parse_url, revision, shown_url
from triage.store.tables.job_tables import webhooks
from triage.store.tables.schema import traces


class Look(NamedTuple):
    """What a store is like.

    Attributes:
        exists: Whether there are tables of ours.
        revision: Schema revision of its tables; None where there are none.
        traces: Traces in it, revisions and forgotten ones included; None unless it is current.
        webhooks: The machines that are told of jobs that ended, `https://hooks.example.org`.
    """

    exists: bool
    revision: str | None
    traces: int | None
    webhooks: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """Whether its tables are those that this version reads and writes."""
        return self.revision == NEWEST


def look(url: str) -> Look:
    """Look at a store.

    Raises:
        UsageError: The URL is none, or names a kind of database that is not supported.
        MissingExtraError: The database's driver is not installed.
        StoreError: The database can't be reached or is none.
    """
    file = file_of(url)
    if file is not None and not file.is_file():
        return Look(exists=False, revision=None, traces=None)
    with _reading(url, file) as connection:
        at = revision(connection)
        if at != NEWEST:
            return Look(exists=at is not None, revision=at, traces=None)
        known = connection.execute(select(func.count()).select_from(traces)).scalar()
        told = connection.execute(select(webhooks.c.url).where(webhooks.c.ended_at.is_(None)))
        hosts = sorted({_machine(address) for address in told.scalars()})
        return Look(exists=True, revision=at, traces=known, webhooks=tuple(hosts))


def _machine(address: str) -> str:
    """Scheme, host and port alone: the rest of a webhook's address may be a secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def open_existing(url: str) -> Engine:
    """Open a store that is there, brought to the newest schema.

    Raises:
        StoreError: There is none yet, or it can't be opened.
    """
    if not look(url).exists:
        raise StoreError(f"there is no store at {shown_url(url)}: `triage run` makes one, or --db")
    return open_store(url)


@contextmanager
def _reading(url: str, file: Path | None) -> Iterator[Connection]:
    try:
        if file is not None:
            engine = create_engine(f"sqlite:///file:{quote(str(file))}?mode=ro&uri=true")
        else:
            engine = create_engine(parse_url(url))
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except NoSuchModuleError as why:
        raise UsageError(f"not a database URL: {shown_url(url)}; try {DEFAULT_URL}") from why
    except ModuleNotFoundError as why:
        raise MissingExtraError("a PostgreSQL store", "postgres") from why
    except DatabaseError as why:
        reason = masked(" ".join(str(why.orig).split()))
        raise StoreError(f"can't open the store {shown_url(url)}: {reason}") from why


def file_of(url: str) -> Path | None:
    """The file of a SQLite store; None where the store is no file.

    Raises:
        UsageError: The URL is none.
    """
    parsed = parse_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def host_of(url: str) -> str | None:
    """The machine that a store is on; None if it is a file of this one.

    Raises:
        UsageError: The URL is none.
    """
    parsed = parse_url(url)
    return None if parsed.get_backend_name() == "sqlite" else parsed.host or "localhost"
