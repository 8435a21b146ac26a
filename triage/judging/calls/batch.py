"""Fills the ledger through a provider's batches: half the price, hours instead of seconds.

A run afterwards finds the answers in the ledger and asks directly for what batches did not give.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Final

from sqlalchemy import Connection

from triage.errors import UsageError
from triage.judging.bookkeeping.ledger import Done, Ledger, Work
from triage.judging.bookkeeping.money import BATCH_SHARE, worst_case
from triage.judging.calls.answered import best_of, is_settled
from triage.judging.calls.batchbook import BatchBook, OpenBatch
from triage.judging.calls.batchreturns import Returns, insisting
from triage.judging.panel import Judge
from triage.judging.questions.question import Question
from triage.providers import BatchProvider
from triage.providers.errors import ProviderError

_TIMES: Final = 3
"""A question is handed in so often; what is still missing then is asked directly."""
_MOST_IN_ONE: Final = 10_000
_MOST_BYTES: Final = 64 * 2**20
"""Prompts in one batch: providers take some hundred megabytes with all that goes around them, and
signs that are not ASCII may take three times their bytes there."""

Parts = Callable[[], AsyncIterator[Sequence[Question]]]
"""Gives all questions, some hundred at a time; called anew for every round."""
Turn = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits until nobody else is at the batches of an account and endpoint, and keeps others away."""


@dataclass(frozen=True)
class BatchReport:
    """What batches brought.

    Attributes:
        asked: Questions that were handed in, again after an expiry or a broken reply.
        answered: Replies that came and were stored.
        missing: Questions that still have no answer.
        unaffordable: Of these, the ones that might have passed the money limit.
        pending: Of these, the ones that are with the provider, by key.
    """

    asked: int
    answered: int
    missing: int
    unaffordable: int
    pending: frozenset[str] = frozenset()


class Batches:
    """One judge's questions by batch. Interrupted at any point, a new one takes up where it was.

    Judges that share an endpoint share its batches: whoever looks first after one has ended takes
    its answers in for all.

    Args:
        ledger: Where answers are kept and money is counted.
        judge: Whom to ask; OpenAI and Anthropic have batches.
        provider: Its batches.
        told: Gets a line for every batch that is handed in or fetched.
        turn: Keeps others away from the batches while they are looked at or handed in.
        panel: All judges, whose prices may be needed.

    """

    def __init__(
        self,
        ledger: Ledger,
        judge: Judge,
        provider: BatchProvider,
        told: Callable[[str], None] = lambda _line: None,
        turn: Turn = lambda _place: nullcontext(),
        panel: Sequence[Judge] = (),
    ) -> None:
        if ledger.limit_nano is not None and judge.price is None:
            raise UsageError(f"judges.{judge.name}.price is missing: a money limit needs it")
        self._ledger = ledger
        self._judge = judge
        self._provider = provider
        self._told = told
        self._book = BatchBook(ledger.engine, ledger.account, judge)
        self._returns = Returns(ledger, self._book, judge, provider, told, panel)
        self._turn = partial(turn, self._book.place)
        self._asked = self._unaffordable = 0
        self._lacking: set[str] = set()

    @property
    def spent_nano(self) -> int:
        """What the replies cost that were stored from here, in billionths of a dollar."""
        return self._returns.spent_nano

    async def fill(self, parts: Parts, *, wait: bool = True) -> BatchReport:
        """Hand in what has no answer, wait, store; again for what expired or came back broken.

        Where the money limit does not allow all at once, what comes back of a batch's worst case
        pays for the next one.

        Args:
            parts: What to ask.
            wait: Whether to wait for batches that are under way; else what ended is fetched, the
                rest is handed in, and another call fetches it.

        Raises:
            ProviderError: A batch was not taken, or could not be looked up; run again to resume.
        """
        refused: ProviderError | None = None
        while True:
            async with self._turn():
                await self._returns.fetch()
                await self._hand_in_what_lacks(parts)
            pending = self._pending
            if not wait or not pending:
                break
            while self._pending:
                await asyncio.sleep(self._judge.poll_seconds)
                async with self._turn():
                    await self._returns.fetch()
                if self._returns.refused is not None:
                    refused = self._returns.refused
            if refused is not None:
                raise refused
        return BatchReport(
            self._asked,
            self._returns.answered,
            len(self._lacking),
            self._unaffordable,
            frozenset(pending),
        )

    @property
    def _pending(self) -> set[str]:
        """What lacks an answer and is with the provider."""
        return self._lacking & self._returns.under_way

    async def _hand_in_what_lacks(self, parts: Parts) -> None:
        """Hand in what has no answer and is not with the provider already."""
        self._lacking = set()
        self._unaffordable = size = 0
        ready: list[Question] = []
        given_up = self._book.tried(_TIMES) | self._returns.hopeless
        async for questions in parts():
            lacking = {q.key: q for q in self._missing(questions) if q.key not in self._lacking}
            self._lacking |= lacking.keys()
            for key, one in lacking.items():
                if key in self._returns.under_way or key in given_up:
                    continue
                ready.append(one)
                size += sum(len(part.encode()) for part in (one.prompt.system, *one.prompt.parts))
                if len(ready) == _MOST_IN_ONE or size > _MOST_BYTES:
                    await self._hand_in(ready)
                    ready, size = [], 0
            await asyncio.sleep(0)  # signs of life are given meanwhile
        if ready:
            await self._hand_in(ready)

    def _missing(self, questions: Sequence[Question]) -> list[Question]:
        found = self._ledger.apply(Work(lookup=[question.key for question in questions])).found
        return [q for q in questions if not is_settled(best_of(q, found.get(q.key, ())), q)]

    def _worst(self, question: Question) -> int:
        if self._ledger.limit_nano is None or self._judge.price is None:
            return 0
        return worst_case(self._judge.price, question.ask, BATCH_SHARE)

    async def _hand_in(self, questions: Sequence[Question]) -> None:
        """Hand in the first of the questions that fit under the limit together."""
        mark = uuid.uuid4().hex
        amounts = [self._worst(question) for question in questions]
        affordable: list[Question] = []
        written: list[OpenBatch] = []

        def write_down(connection: Connection, done: Done) -> None:
            affordable.extend(compress(questions, done.granted))
            if affordable:
                held = sum(compress(amounts, done.granted))
                written.append(self._book.begin(connection, affordable, held, mark))

        # in one transaction with the money: killed between the two, it would be set aside for ever
        self._ledger.apply(Work(hold_nano=amounts), write_down)
        self._unaffordable += len(questions) - len(affordable)
        if not affordable:
            return
        asks = {question.key: question.ask for question in affordable}
        try:
            name = await insisting(
                self._judge,
                partial(self._provider.submit, asks, mark),
                # one that may have been taken is not handed in again
                lambda error: error.retry and not error.maybe_billed,
            )
        except ProviderError as error:
            if not error.maybe_billed:  # else it stays open, and the next look will tell
                self._returns.close(written[0])
            raise
        self._book.handed_in(written[0].id, name)
        self._returns.under_way |= asks.keys()
        self._asked += len(asks)
        self._told(f"{self._judge.name}: batch {name} handed in, {len(asks):,} questions")
