"""The ledger: every answer that was ever bought, and what was spent and set aside for it."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, bindparam, delete, func, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from triage.providers import Reply, Usage
from triage.store.checkpoints import leave_checkpoints
from triage.store.run.spending import spent_by_judge
from triage.store.tables.judge_tables import (
    judge_accounts,
    judge_answers,
    judge_askers,
    judge_leases,
)

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
_CLAIM: Final = text(
    "INSERT INTO judge_leases (key, asker) VALUES (:key, :asker) ON CONFLICT (key) DO NOTHING"
)
_BEAT: Final = text(
    "INSERT INTO judge_askers (id, beat) VALUES (:id, 1) "
    "ON CONFLICT (id) DO UPDATE SET beat = judge_askers.beat + 1"
)
_LEASE, _ASKER = judge_leases.c, judge_askers.c
_HOLDERS: Final = (
    select(_LEASE.key, _LEASE.asker, func.coalesce(_ASKER.beat, 0))
    .join_from(judge_leases, judge_askers, _LEASE.asker == _ASKER.id, isouter=True)
    .where(_LEASE.key.in_(bindparam("keys", expanding=True)), _LEASE.asker != bindparam("mine"))
)
_ANSWERS: Final = (
    select(judge_answers)
    .where(judge_answers.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(judge_answers.c.id)
)
_KEEP: Final = insert(judge_answers)
_FREE: Final = delete(judge_leases).where(
    judge_leases.c.key == bindparam("lease"), judge_leases.c.asker == bindparam("mine")
)


@dataclass(slots=True)
class Work:
    """What one commit does.

    Attributes:
        store: Answers to keep.
        spend_nano: Money to book as spent.
        release_nano: Money that was set aside and comes back.
        hold_nano: Sums to set aside.
        free: Questions that this process asks no longer.
        bury: Processes that ask no longer.
        beat: Whether to give a sign of life.
        claim: Questions that this process wants to ask.
        lookup: Questions whose answers are wanted.
    """

    store: list[dict[str, Any]] = field(default_factory=list)
    spend_nano: int = 0
    release_nano: int = 0
    hold_nano: list[int] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    bury: list[str] = field(default_factory=list)
    beat: bool = False
    claim: list[str] = field(default_factory=list)
    lookup: list[str] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether anything is to be written."""
        return bool(
            self.store
            or self.spend_nano
            or self.release_nano
            or self.hold_nano
            or self.free
            or self.bury
            or self.beat
            or self.claim
        )


@dataclass(slots=True)
class Done:
    """What came of it.

    Attributes:
        granted: Which sums could be set aside, in order.
        holders: For claimed questions that another process is asking: that one and its last beat.
        found: The answers by question, oldest first.
    """

    granted: list[bool] = field(default_factory=list)
    holders: dict[str, tuple[str, int]] = field(default_factory=dict)
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


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
    usage = reply.usage or Usage()
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
        asker: The name of this process among those that ask.
    """

    def __init__(
        self,
        engine: Engine,
        account: str = "default",
        limit_nano: int | None = None,
        asker: str = "one",
    ) -> None:
        self.engine = engine
        self.asker = asker
        self._enrolled = False
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

    def apply(self, work: Work, also: Callable[[Connection, Done], None] | None = None) -> Done:
        """Do all of it and commit; money that comes back is there for the holds after it.

        Args:
            work: What is to be done.
            also: Does more in the same transaction, knowing what came of the work.
        """
        with self.engine.connect() as connection:
            leave_checkpoints(connection)
            done = Done()
            if work.writes or also:
                with connection.begin():
                    done = self._write(connection, work)
                    if also:
                        also(connection, done)
            # read after the commit, so that writers in other processes need not wait for it
            if work.lookup:
                done.found = _found(connection, work.lookup)
        return done

    def _write(self, connection: Connection, work: Work) -> Done:
        done = Done()
        if work.store:
            connection.execute(_KEEP, work.store)
        if work.spend_nano or work.release_nano:
            moved = {"spend": work.spend_nano, "release": work.release_nano}
            connection.execute(_MOVE, {"account": self.account, **moved})
        done.granted = self._hold(connection, work.hold_nano)
        if work.free:
            mine = [{"lease": key, "mine": self.asker} for key in work.free]
            connection.execute(_FREE, mine)
        for asker in work.bury:
            connection.execute(delete(judge_leases).where(judge_leases.c.asker == asker))
            connection.execute(delete(judge_askers).where(judge_askers.c.id == asker))
        if work.beat or (work.claim and not self._enrolled):
            connection.execute(_BEAT, {"id": self.asker})
            self._enrolled = True
        if work.claim:
            done.holders = self._claim(connection, work.claim)
        return done

    def _claim(self, connection: Connection, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        # in one order for all, so that processes that want the same questions cannot lock up
        wanted = sorted(set(keys))
        rows = [{"key": key, "asker": self.asker} for key in wanted]
        if connection.execute(_CLAIM, rows).rowcount == len(wanted):
            return {}  # nobody else has any of them
        others: dict[str, tuple[str, int]] = {}
        for start in range(0, len(wanted), _CHUNK):
            some = {"keys": wanted[start : start + _CHUNK], "mine": self.asker}
            found = connection.execute(_HOLDERS, some)
            others |= {key: (asker, beat) for key, asker, beat in found}
        return others

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


def _found(connection: Connection, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = connection.execute(_ANSWERS, {"keys": keys[start : start + _CHUNK]})
        for row in rows.mappings():
            found.setdefault(row["key"], []).append(dict(row))
    return found
