"""What was handed to providers' batches, so that a restart finds them again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from triage.judging.ledger import LEDGER
from triage.judging.panel import Judge
from triage.judging.question import Question

BATCHES: Final = Table(
    "batches",
    LEDGER,
    Column("id", Integer, primary_key=True),
    Column("account", String(200), nullable=False),
    Column("endpoint", String(500), nullable=False),
    Column("name", String(200)),
    Column("held_nano", BigInteger, nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("at", Float, nullable=False),
)
"""One row a batch. `name` is the provider's; a row without one was being handed in when its
process ended, and what was set aside for it stays so."""

BATCH_ITEMS: Final = Table(
    "batch_items",
    LEDGER,
    Column("batch", ForeignKey(BATCHES.c.id), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("domain", String(200), nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("step", Integer),
    Column("prompt", String(200), nullable=False),
)
"""The questions of a batch, with all that an answer's row in the ledger needs."""


@dataclass(frozen=True)
class OpenBatch:
    """A batch whose results were not fetched yet."""

    id: int
    name: str
    held_nano: int
    at: float
    items: dict[str, dict[str, Any]]


class BatchBook:
    """The batches of one account at one judge's endpoint."""

    def __init__(self, engine: Engine, account: str, judge: Judge) -> None:
        self._engine = engine
        self._account = account
        self._endpoint = f"{judge.provider} {judge.url or ''} {judge.model}"

    def begin(self, questions: Sequence[Question], held_nano: int) -> int:
        """Write down what is about to be handed in; gives the batch's number."""
        row = {
            "account": self._account,
            "endpoint": self._endpoint,
            "name": None,
            "held_nano": held_nano,
            "is_open": 1,
            "at": time.time(),
        }
        with self._engine.begin() as connection:
            added = insert(BATCHES).values(row).returning(BATCHES.c.id)
            number = int(connection.execute(added).scalar_one())
            connection.execute(
                insert(BATCH_ITEMS), [{"batch": number, **one.about} for one in questions]
            )
        return number

    def handed_in(self, number: int, name: str) -> None:
        """Note the name by which the provider knows the batch."""
        with self._engine.begin() as connection:
            connection.execute(update(BATCHES).where(BATCHES.c.id == number).values(name=name))

    def close(self, number: int) -> None:
        """Note that nothing more will come of the batch."""
        with self._engine.begin() as connection:
            connection.execute(update(BATCHES).where(BATCHES.c.id == number).values(is_open=0))

    def open_ones(self) -> list[OpenBatch]:
        """The batches that wait to be fetched, oldest first."""
        b = BATCHES.c
        query = (
            select(b.id, b.name, b.held_nano, b.at)
            .where(b.account == self._account, b.endpoint == self._endpoint)
            .where(b.is_open == 1, b.name.is_not(None))
            .order_by(b.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            return [
                OpenBatch(
                    number,
                    name,
                    held,
                    at,
                    {
                        row["key"]: dict(row)
                        for row in connection.execute(
                            select(BATCH_ITEMS).where(BATCH_ITEMS.c.batch == number)
                        ).mappings()
                    },
                )
                for number, name, held, at in found
            ]
