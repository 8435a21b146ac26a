"""What was handed to providers' batches, so that a restart finds them again."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from triage.judging.panel import Judge
from triage.judging.questions.question import Question
from triage.store.tables.judge_tables import judge_batch_items, judge_batches


@dataclass(frozen=True)
class OpenBatch:
    """A batch whose results were not fetched yet.

    Attributes:
        mark: Put on the batch where the provider keeps marks.
        name: The provider's name for it; None if the process ended before it was noted.
        held_nano: What is set aside for it.
        at: When it was handed in, in seconds since 1970.
        items: What is known of its questions, by key.
    """

    id: int
    mark: str
    name: str | None
    held_nano: int
    at: float
    items: dict[str, dict[str, Any]]


class BatchBook:
    """The batches of one account at one judge's endpoint, those of its other judges included.

    Attributes:
        place: The account and the endpoint in one word.
    """

    def __init__(self, engine: Engine, account: str, judge: Judge) -> None:
        self._engine = engine
        self._account = account
        # another key is another customer of the provider's, who does not see these batches
        key = f" {judge.key_env}" if judge.key_env else ""
        self._endpoint = f"{judge.provider} {judge.address or ''} {judge.model}{key}"
        self.place = hashlib.sha256(f"batches {account} {self._endpoint}".encode()).hexdigest()

    def begin(
        self, connection: Connection, questions: Sequence[Question], held_nano: int, mark: str
    ) -> OpenBatch:
        """Write down what is about to be handed in."""
        at = time.time()
        row = {
            "mark": mark,
            "account": self._account,
            "endpoint": self._endpoint,
            "name": None,
            "held_nano": held_nano,
            "is_open": 1,
            "at": at,
        }
        added = insert(judge_batches).values(row).returning(judge_batches.c.id)
        number = int(connection.execute(added).scalar_one())
        connection.execute(
            insert(judge_batch_items), [{"batch": number, **one.about} for one in questions]
        )
        items = {one.key: one.about for one in questions}
        return OpenBatch(number, mark, None, held_nano, at, items)

    def handed_in(self, number: int, name: str) -> None:
        """Note the name by which the provider knows the batch."""
        with self._engine.begin() as connection:
            connection.execute(
                update(judge_batches).where(judge_batches.c.id == number).values(name=name)
            )

    def close(self, connection: Connection, number: int, *, worked: bool) -> None:
        """Note that nothing more will come of a batch.

        Args:
            connection: The transaction that settles its money.
            number: Which one.
            worked: Whether its questions were tried: they are not handed in for ever.
        """
        mine = judge_batches.c.id == number
        connection.execute(update(judge_batches).where(mine).values(is_open=0))
        if not worked:
            connection.execute(delete(judge_batch_items).where(judge_batch_items.c.batch == number))

    def tried(self, times: int) -> set[str]:
        """The questions that were in so many batches by now."""
        b, i = judge_batches.c, judge_batch_items.c
        query = (
            select(i.key)
            .join_from(judge_batch_items, judge_batches, i.batch == b.id)
            .where(b.account == self._account, b.endpoint == self._endpoint, b.is_open == 0)
            .group_by(i.key)
            .having(func.count() >= times)
        )
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def known_names(self) -> set[str]:
        """The provider's names of all batches that were ever handed in from here."""
        query = select(judge_batches.c.name).where(judge_batches.c.name.is_not(None))
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def open_ones(self) -> list[OpenBatch]:
        """The batches that wait to be fetched, oldest first."""
        b = judge_batches.c
        query = (
            select(b.id, b.mark, b.name, b.held_nano, b.at)
            .where(b.account == self._account, b.endpoint == self._endpoint)
            .where(b.is_open == 1)
            .order_by(b.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            return [
                OpenBatch(
                    number,
                    mark,
                    name,
                    held,
                    at,
                    {
                        row["key"]: dict(row)
                        for row in connection.execute(
                            select(judge_batch_items).where(judge_batch_items.c.batch == number)
                        ).mappings()
                    },
                )
                for number, mark, name, held, at in found
            ]
