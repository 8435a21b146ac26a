"""The ledger: every answer that was ever bought, and what was spent and set aside for it."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, bindparam, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from triage.providers import Reply
from triage.store.judge_tables import judge_accounts, judge_answers
from triage.store.spending import spent_by_judge

_CHUNK: Final = 400

# made once: to put a statement together takes longer than to run it
_MINE: Final = judge_accounts.c.name == bindparam("account")
_MOVE: Final = (
    update(judge_accounts)
    .where(_MINE)
    .values(
        spent_nano=judge_accounts.c.spent_nano + bindparam("spend"),
        held_nano=judge_accounts.c.held_nano - bindparam("release"),
    )
)
_SET_ASIDE: Final = (
    update(judge_accounts)
    .where(
        _MINE,
        judge_accounts.c.spent_nano + judge_accounts.c.held_nano + bindparam("amount")
        <= bindparam("limit"),
    )
    .values(held_nano=judge_accounts.c.held_nano + bindparam("amount"))
)


@dataclass(slots=True)
class Work:
    """What one commit does: answers to keep, money to move, money to set aside, keys to look up."""

    store: list[dict[str, Any]] = field(default_factory=list)
    spend_nano: int = 0
    release_nano: int = 0
    hold_nano: list[int] = field(default_factory=list)
    lookup: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Done:
    """What came of it: which holds were granted, in order, and the answers found by key."""

    granted: list[bool]
    found: dict[str, list[dict[str, Any]]]


def reply_row(
    about: Mapping[str, Any], reply: Reply, account: str, seconds: float, cost_nano: int
) -> dict[str, Any]:
    """The row of a delivered answer.

    Args:
        about: What was asked: key, source, domain, trace_id, step and prompt.
        reply: What came.
        account: Who pays.
        seconds: How long it took.
        cost_nano: What it cost, in billionths of a dollar.
    """
    usage = reply.usage
    return {
        **about,
        "account": account,
        "model": reply.model,
        "text": reply.text.replace("\x00", "\ufffd"),  # PostgreSQL stores no NUL
        "finish": reply.finish.value,
        "tokens": json.dumps(reply.tokens) if reply.tokens else None,
        "input": usage.input,
        "output": usage.output,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "cost_nano": cost_nano,
        "seconds": seconds,
        "at": time.time(),
    }


class Ledger:
    """The ledger in a database whose tables exist; every method is one transaction.

    Args:
        engine: Where the tables are.
        account: Whose money is spent.
        limit_nano: What spent and held money together never pass; None is no limit.
    """

    def __init__(
        self, engine: Engine, account: str = "default", limit_nano: int | None = None
    ) -> None:
        self.engine = engine
        self.account = account
        self.limit_nano = limit_nano
        try:
            with engine.begin() as connection:
                row = {"name": account, "spent_nano": 0, "held_nano": 0}
                connection.execute(insert(judge_accounts), row)
        except IntegrityError:
            pass  # it is there already

    @property
    def is_local(self) -> bool:
        """Whether the database is a file of this machine, so that a commit takes no round trip."""
        return self.engine.dialect.name == "sqlite"

    def apply(self, work: Work) -> Done:
        """Do all of it and commit; money that comes back is there for the holds after it."""
        granted: list[bool] = []
        if work.store or work.spend_nano or work.release_nano or work.hold_nano:
            granted = self._write(work)
        # read after the commit, so that writers in other processes need not wait for it
        return Done(granted, self._find(work.lookup) if work.lookup else {})

    def _write(self, work: Work) -> list[bool]:
        with self.engine.begin() as connection:
            if work.store:
                connection.execute(insert(judge_answers), work.store)
            if work.spend_nano or work.release_nano:
                moved = {"spend": work.spend_nano, "release": work.release_nano}
                connection.execute(_MOVE, {"account": self.account, **moved})
            return self._hold(connection, work.hold_nano)

    def _hold(self, connection: Connection, wanted: Sequence[int]) -> list[bool]:
        if not wanted:
            return []
        if self.limit_nano is None:
            return [True] * len(wanted)
        granted: list[bool] = []
        if self._set_aside(connection, sum(wanted)):
            return [True] * len(wanted)
        for amount in wanted:
            granted.append(self._set_aside(connection, amount))  # noqa: PERF401 - order matters
        return granted

    def _set_aside(self, connection: Connection, amount: int) -> bool:
        """Set money aside if it fits; the database decides, so that processes cannot race."""
        given = {"account": self.account, "amount": amount, "limit": self.limit_nano}
        return connection.execute(_SET_ASIDE, given).rowcount == 1

    def _find(self, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        with self.engine.connect() as connection:
            for start in range(0, len(keys), _CHUNK):
                rows = connection.execute(
                    select(judge_answers)
                    .where(judge_answers.c.key.in_(keys[start : start + _CHUNK]))
                    .order_by(judge_answers.c.id)
                )
                for row in rows.mappings():
                    found.setdefault(row["key"], []).append(dict(row))
        return found

    def since(self, keys: Sequence[str], at: float) -> set[str]:
        """Those of the questions that an answer was stored for after a moment, by the clock."""
        found: set[str] = set()
        with self.engine.connect() as connection:
            for start in range(0, len(keys), _CHUNK):
                chunk = judge_answers.c.key.in_(keys[start : start + _CHUNK])
                query = select(judge_answers.c.key).where(chunk, judge_answers.c.at >= at)
                found.update(connection.execute(query).scalars())
        return found

    def balance(self) -> tuple[int, int]:
        """What the account has spent and set aside, in billionths of a dollar."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(judge_accounts.c.spent_nano, judge_accounts.c.held_nano).where(
                    judge_accounts.c.name == self.account
                )
            ).one()
        return row[0], row[1]

    def costs(self) -> list[dict[str, Any]]:
        """Calls, tokens, dollars and steps, by source and domain."""
        with self.engine.connect() as connection:
            return [one._asdict() for one in spent_by_judge(connection, self.account)]
