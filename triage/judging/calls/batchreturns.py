"""Takes in what providers' batches brought: all of a batch in one transaction, or nothing of it."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from triage.judging.bookkeeping.ledger import Done, Ledger, Work, reply_row
from triage.judging.bookkeeping.money import BATCH_SHARE, cost
from triage.judging.calls.batchbook import BatchBook, OpenBatch
from triage.judging.panel import Judge
from triage.providers import BatchProvider, BatchState, Reply
from triage.providers.errors import BatchRefusedError, ModelUnknownError, ProviderError

_KEPT_SECONDS: Final = 2 * 86_400.0
"""A batch has ended a day after it was handed in; one that is unknown after two is gone."""

Value = TypeVar("Value")


class Returns:
    """The batches of one endpoint that are open, and what came of them.

    Args:
        ledger: Where answers are kept and money is counted.
        book: What was handed in.
        judge: On whose behalf.
        provider: Its batches.
        told: Gets a line for every batch that is fetched.
        panel: All judges: another one may have handed a batch in.

    Attributes:
        under_way: Questions that are with the provider, by the latest look.
        hopeless: Questions that no other batch would answer: they are wrong for this model.
        refused: Why a batch was refused as a whole, by the latest look.
        answered: Replies that were stored from here.
        spent_nano: What they cost, in billionths of a dollar.
    """

    def __init__(
        self,
        ledger: Ledger,
        book: BatchBook,
        judge: Judge,
        provider: BatchProvider,
        told: Callable[[str], None],
        panel: Sequence[Judge],
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._judge = judge
        self._provider = provider
        self._told = told
        self._prices = {one.name: one.price for one in panel}
        self.under_way: set[str] = set()
        self.hopeless: set[str] = set()
        self.refused: BatchRefusedError | None = None
        self.answered = self.spent_nano = 0

    async def fetch(self) -> None:
        """Look at every open batch once, and take in what has ended.

        Raises:
            ProviderError: A batch could not be looked up; it stays open.
        """
        self.under_way = set()
        self.refused = None
        for batch in self._book.open_ones():
            name = batch.name or await self._found_again(batch)
            if name is None:
                self.close(batch)  # the provider never took it: nothing of it can be billed
            elif name is BatchState.RUNNING:
                self.under_way |= batch.items.keys()
            else:
                if batch.name is None:
                    self._book.handed_in(batch.id, name)
                await self._look_at(batch, name)

    def close(self, batch: OpenBatch) -> None:
        """Give back the money of a batch that nothing was done of."""
        self._settle(batch, worked=False)

    async def _look_at(self, batch: OpenBatch, name: str) -> None:
        try:
            state = await self._reading(partial(self._provider.state, name))
            if state is BatchState.RUNNING:
                self.under_way |= batch.items.keys()
                return
            outcomes = await self._reading(partial(self._outcomes, name))
        except BatchRefusedError as error:
            self.refused = error
            self._told(f"{self._judge.name}: {error}")
            self.close(batch)
            return
        except ModelUnknownError as error:
            if time.time() - batch.at < _KEPT_SECONDS:
                raise ModelUnknownError(
                    f"batch {name} is not known there: use the key it was handed in with, or set "
                    f"judges.{self._judge.name}.batch = false to ask directly and pay anew "
                    f"({error})"
                ) from error
            self._told(f"{self._judge.name}: batch {name} is gone, its worst case is booked")
            self._settle(batch, spent=batch.held_nano)
            return
        self._take_in(batch, name, outcomes)

    async def _outcomes(self, name: str) -> list[tuple[str, Reply | ProviderError]]:
        return [one async for one in self._provider.results(name)]

    def _take_in(
        self, batch: OpenBatch, name: str, outcomes: Sequence[tuple[str, Reply | ProviderError]]
    ) -> None:
        rows: dict[str, dict[str, Any]] = {}
        troubles: dict[str, ProviderError] = {}
        spent = 0
        for key, outcome in outcomes:
            if isinstance(outcome, ProviderError):
                troubles[key] = outcome
            elif key not in batch.items:
                # of a trace that was forgotten since, or a stranger: it is on the bill all the same
                spent += cost(self._judge.price, outcome.usage, BATCH_SHARE) if outcome.usage else 0
            elif key not in rows:
                rows[key] = self._row(batch, key, outcome)
        failed = {key: why for key, why in troubles.items() if key in batch.items.keys() - rows}
        spent += sum(row["cost_nano"] for row in rows.values())
        spent += sum(_share(batch) for why in failed.values() if why.maybe_billed)
        self.hopeless |= {key for key, why in failed.items() if not why.retry}
        self._settle(batch, list(rows.values()), spent)
        self.answered += len(rows)
        self.spent_nano += spent
        reasons = {why.code: why for why in failed.values()}
        told = "".join(
            f"; {sum(why.code == code for why in failed.values()):,} {code} ({one})"
            for code, one in sorted(reasons.items())
        )
        self._told(
            f"{self._judge.name}: batch {name} ended, "
            f"{len(rows):,} of {len(batch.items):,} answered{told}"
        )

    def _settle(
        self,
        batch: OpenBatch,
        rows: list[dict[str, Any]] | None = None,
        spent: int = 0,
        *,
        worked: bool = True,
    ) -> None:
        def close(connection: Connection, _done: Done) -> None:
            self._book.close(connection, batch.id, worked=worked)

        # in one transaction: a batch that was half taken in would be booked or given back twice
        work = Work(store=rows or [], spend_nano=spent, release_nano=batch.held_nano)
        self._ledger.apply(work, close)

    def _row(self, batch: OpenBatch, key: str, reply: Reply) -> dict[str, Any]:
        columns = ("key", "source", "domain", "trace_id", "step", "prompt")
        about = {name: batch.items[key][name] for name in columns}
        if reply.usage is None:  # tokens that nobody counted cost what was set aside for them
            spent = _share(batch)
        else:
            asked = about["source"].rpartition(":")[2]
            spent = cost(self._prices.get(asked, self._judge.price), reply.usage, BATCH_SHARE)
        return reply_row(about, reply, self._ledger.account, time.time() - batch.at, spent)

    async def _found_again(self, batch: OpenBatch) -> str | None:
        """The provider's name for a batch whose process ended before it could note it.

        It is `BatchState.RUNNING` where that can only be told once another batch has ended.
        """
        known = self._book.known_names()
        unclear = None
        look = partial(self._provider.look_for, batch.mark, batch.items.keys(), batch.at)
        for name in await self._reading(look):
            if name in known:
                continue
            try:
                state = await self._reading(partial(self._provider.state, name))
            except BatchRefusedError:
                return name  # the next look says what it was refused for
            if state is BatchState.RUNNING:
                unclear = state
                continue
            outcomes = await self._reading(partial(self._outcomes, name))
            if any(key in batch.items for key, _outcome in outcomes):
                return name
        return unclear

    async def _reading(self, call: Callable[[], Awaitable[Value]]) -> Value:
        return await insisting(self._judge, call, lambda error: error.retry)


def _share(batch: OpenBatch) -> int:
    """What was set aside for one question of a batch."""
    return math.ceil(batch.held_nano / max(1, len(batch.items)))


async def insisting(
    judge: Judge, call: Callable[[], Awaitable[Value]], passing: Callable[[ProviderError], bool]
) -> Value:
    """What a call to the judge's provider gives, tried again after errors that may pass."""
    trying = AsyncRetrying(
        stop=stop_after_attempt(judge.attempts),
        wait=wait_random_exponential(max=judge.poll_seconds),
        retry=retry_if_exception(lambda e: isinstance(e, ProviderError) and passing(e)),
        reraise=True,
    )
    return await trying(call)
