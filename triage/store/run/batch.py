"""The traces of one run, in input order, on the connection that runs it; gone when it closes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import DropTable

from triage.errors import InputError
from triage.store.run.traces import Stored
from triage.store.tables.schema import traces

_CHUNK: Final = 500

_METADATA: Final = MetaData()
_BATCH: Final = Table(
    "batch",
    _METADATA,
    Column("position", Integer, primary_key=True),
    Column("trace", BigInteger, nullable=False, unique=True),
    prefixes=["TEMPORARY"],
)


class Batch:
    """An ordered set of stored traces, kept in a temporary table so that memory stays flat.

    Args:
        connection: The one connection that all of the run uses.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        with connection.begin():
            # a connection that came back from a pool may hold the table of an earlier run
            connection.execute(DropTable(_BATCH, if_exists=True))
            _METADATA.create_all(connection, checkfirst=False)

    def add(self, keys: Iterable[int]) -> None:
        """Append traces; one that is there already keeps its place. Needs a transaction."""
        rows = [{"trace": key} for key in keys]
        if rows:
            dialect = {"sqlite": sqlite, "postgresql": postgresql}[self._connection.dialect.name]
            self._connection.execute(dialect.insert(_BATCH).on_conflict_do_nothing(), rows)

    def add_all(self, *, ids: Sequence[str] = (), domains: Sequence[str] = ()) -> None:
        """Append every trace of the store in its newest revision, in order of arrival.

        Args:
            ids: Only these, unless empty.
            domains: Only traces of these domains, unless empty.

        Raises:
            InputError: One of these ids is not there, or is of another domain.
        """
        newest = select(func.max(traces.c.key)).where(traces.c.body.is_not(None))
        if ids:
            newest = newest.where(traces.c.id.in_(ids))
        if domains:
            newest = newest.where(traces.c.domain.in_(domains))
        keys = newest.group_by(traces.c.id).order_by(func.min(traces.c.key))
        self._connection.execute(_BATCH.insert().from_select(["trace"], keys))
        if ids:
            there = select(traces.c.id).join(_BATCH, traces.c.key == _BATCH.c.trace)
            found = set(self._connection.execute(there).scalars())
            if lacking := [one for one in ids if one not in found]:
                raise InputError(
                    f"the store holds no such traces: {', '.join(lacking)}; `triage run` takes "
                    "traces in"
                )

    def lacking(self, keys: Sequence[int]) -> list[int]:
        """Those of some traces that are not in the batch. Needs a transaction."""
        query = select(_BATCH.c.trace).where(_BATCH.c.trace.in_(keys))
        held = set(self._connection.execute(query).scalars())
        return [key for key in keys if key not in held]

    def __len__(self) -> int:
        with self._connection.begin():
            return self._connection.execute(select(func.count()).select_from(_BATCH)).scalar_one()

    def chunks(self) -> Iterator[list[Stored]]:
        """Read the traces in order, some hundred at a time; writing in between is safe."""
        after = -1
        while True:
            query = (
                select(
                    _BATCH.c.position, traces.c.key, traces.c.steps, traces.c.domain, traces.c.body
                )
                .join(traces, traces.c.key == _BATCH.c.trace)
                .where(_BATCH.c.position > after, traces.c.body.is_not(None))
                .order_by(_BATCH.c.position)
                .limit(_CHUNK)
            )
            with self._connection.begin():
                rows = self._connection.execute(query).all()
            if not rows:
                return
            after = rows[-1].position
            yield [Stored(row.key, row.steps, row.domain, row.body) for row in rows]
