"""Money set aside and answers kept: all that fits, whatever comes back, whoever leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from judging_cases import ledger_at

from triage.judging import Ledger, MoneyLimitError
from triage.judging.bookkeeping.commits import Commits
from triage.judging.bookkeeping.ledger import reply_row
from triage.judging.bookkeeping.purse import Purse
from triage.providers import Finish, Reply, Usage


def spend(folder: Path, work: Callable[[Purse, Commits], Awaitable[None]]) -> tuple[int, int]:
    """Let something happen with a purse of 100; gives what is spent and set aside at the end."""
    ledger = Ledger(ledger_at(folder), "a", 100)

    async def whole() -> None:
        commits = Commits(ledger)
        try:
            await asyncio.wait_for(work(Purse(commits), commits), 20)
        finally:
            await commits.close()

    asyncio.run(whole())
    return ledger.balance()


def test_of_sums_that_come_at_once_each_learns_whether_it_fits(tmp_path: Path) -> None:
    granted: list[bool] = []

    async def hold(_purse: Purse, commits: Commits) -> None:
        granted.extend(await asyncio.gather(*map(commits.hold, (40, 80, 40, 30, 20))))

    assert spend(tmp_path, hold) == (0, 100)
    assert granted == [True, False, True, False, True]


def test_what_does_not_fit_waits_for_what_comes_back(tmp_path: Path) -> None:
    async def hold(purse: Purse, commits: Commits) -> None:
        first = await purse.hold(90)
        second = asyncio.ensure_future(purse.hold(60))
        await asyncio.sleep(0.1)
        assert not second.done(), "a call is under way whose rest may come back"
        commits.settle(20, first)
        purse.settled(first)
        assert await second == 60
        assert not purse.exhausted

    assert spend(tmp_path, hold) == (20, 60)


def test_all_who_wait_learn_that_nothing_more_comes_back(tmp_path: Path) -> None:
    async def hold(purse: Purse, commits: Commits) -> None:
        first = await purse.hold(90)
        waiting = [asyncio.ensure_future(purse.hold(60)) for _ in range(3)]
        await asyncio.sleep(0.1)
        commits.settle(first, first)
        purse.settled(first)
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(one, MoneyLimitError) for one in found)
        assert purse.exhausted
        with pytest.raises(MoneyLimitError):
            await purse.hold(11)
        assert await purse.hold(10) == 10, "what fits still fits"

    assert spend(tmp_path, hold) == (90, 10)


def test_what_was_set_aside_for_one_who_left_comes_back(tmp_path: Path) -> None:
    async def hold(purse: Purse, _commits: Commits) -> None:
        leaving = asyncio.ensure_future(purse.hold(90))
        await asyncio.sleep(0)  # it is on its way to the ledger
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        assert await purse.hold(100) == 100

    assert spend(tmp_path, hold) == (0, 100)


def test_who_leaves_takes_nobody_along_who_waits_for_the_same_commit(tmp_path: Path) -> None:
    about = {"source": "s", "domain": "d", "trace_id": "t", "step": 0, "prompt": "p"}
    reply = Reply("{}", Finish.DONE, Usage(1, 1), "m")

    def row(key: str) -> dict[str, Any]:
        return reply_row({"key": key, **about}, reply, "a", 0.1, 5)

    async def wait(_purse: Purse, commits: Commits) -> None:
        for _ in range(2):  # the first commit comes at once, the next a little later
            stored = [commits.store(row(key), 5, 0) for key in ("left", "stayed")]
            held = [asyncio.ensure_future(commits.hold(10)) for _ in range(2)]
            claimed = [asyncio.ensure_future(commits.claim(key)) for key in ("k", "l")]
            await asyncio.sleep(0)
            for leaving, *_ in (stored, held, claimed):
                leaving.cancel()
            await asyncio.wait_for(stored[1], 5)
            assert await held[1] is True
            assert await claimed[1] == (None, [])
        holder, rows = await commits.claim("left")
        assert (holder, len(rows)) == (None, 2), "what was handed in is written all the same"

    assert spend(tmp_path, wait) == (20, 20)
