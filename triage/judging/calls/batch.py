"""Fills the ledger through a provider's batches: half the price, hours instead of seconds.

A run afterwards finds the answers in the ledger and asks directly for what batches did not give.
"""

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from triage.errors import UsageError
from triage.judging.bookkeeping.ledger import Ledger, Work, reply_row
from triage.judging.bookkeeping.money import BATCH_SHARE, cost, worst_case
from triage.judging.calls.batchbook import BatchBook, OpenBatch
from triage.judging.panel import Judge
from triage.judging.questions.answers import StepAnswer
from triage.judging.questions.question import Question
from triage.providers import BatchProvider, BatchState, Reply
from triage.providers.errors import ProviderError

_ROUNDS: Final = 3
_MOST_IN_ONE: Final = 10_000
_MOST_BYTES: Final = 64 * 2**20
"""Prompts in one batch: providers take some hundred megabytes with all that goes around them."""
_CHUNK: Final = 500

Value = TypeVar("Value")
Parts = Callable[[], AsyncIterator[Sequence[Question]]]
"""Gives all questions, some hundred at a time; called anew for every round."""


@dataclass(frozen=True)
class BatchReport:
    """What batches brought.

    Attributes:
        asked: Questions that were handed in, again after an expiry or a broken reply.
        answered: Replies that came and were stored.
        missing: Questions that still have no answer.
        unaffordable: Of these, the ones that might have passed the money limit.
        pending: Of these, the ones that are with the provider.
    """

    asked: int
    answered: int
    missing: int
    unaffordable: int
    pending: int = 0


class Batches:
    """One judge's questions by batch. Interrupted at any point, a new one takes up where it was.

    Args:
        ledger: Where answers are kept and money is counted.
        judge: Whom to ask; OpenAI and Anthropic have batches.
        provider: Its batches.
        told: Gets a line for every batch that is handed in or fetched.

    Attributes:
        spent_nano: What the replies cost that were stored from here, in billionths of a dollar.
    """

    def __init__(
        self,
        ledger: Ledger,
        judge: Judge,
        provider: BatchProvider,
        told: Callable[[str], None] = lambda _line: None,
    ) -> None:
        if ledger.limit_nano is not None and judge.price is None:
            raise UsageError(f"judges.{judge.name}.price is missing: a money limit needs it")
        self._ledger = ledger
        self._judge = judge
        self._provider = provider
        self._told = told
        self._book = BatchBook(ledger.engine, ledger.account, judge)
        self._under_way: set[str] = set()
        self.spent_nano = 0
        self._asked = self._answered = self._unaffordable = 0

    async def fill(self, parts: Parts, *, wait: bool = True) -> BatchReport:
        """Hand in what has no answer, wait, store; again for what expired or came back broken.

        Args:
            parts: What to ask.
            wait: Whether to wait for batches that are under way; else what ended is fetched, the
                rest is handed in, and another call fetches it.

        Raises:
            ProviderError: A batch was not taken, or could not be looked up; run again to resume.
        """
        await self._fetch_all(wait=wait)
        for round_ in range(_ROUNDS + 1):
            before = self._asked
            missing, pending = await self._round(parts, last=round_ == _ROUNDS)
            if self._asked == before or not wait:
                break
            await self._fetch_all(wait=True)
        return BatchReport(self._asked, self._answered, missing, self._unaffordable, pending)

    async def _round(self, parts: Parts, *, last: bool) -> tuple[int, int]:
        """Hand in what has no answer, unless it is the last; counts that, and what is under way."""
        missing = unaffordable = size = 0
        ready: list[Question] = []
        known: set[str] = set()
        async for questions in parts():
            lacking = {q.key: q for q in self._missing(questions) if q.key not in known}
            known |= lacking.keys()
            missing += len(lacking)
            new = [q for key, q in lacking.items() if key not in self._under_way and not last]
            affordable = self._affordable(new)
            unaffordable += len(new) - len(affordable)
            for one in affordable:
                ready.append(one)
                size += sum(map(len, one.prompt.parts)) + len(one.prompt.system)
                if len(ready) == _MOST_IN_ONE or size > _MOST_BYTES:
                    await self._hand_in(ready)
                    ready, size = [], 0
        if ready:
            await self._hand_in(ready)
        if not last:
            self._unaffordable = unaffordable
        return missing, len(known & self._under_way)

    def _missing(self, questions: Sequence[Question]) -> list[Question]:
        found = self._ledger.apply(Work(lookup=[question.key for question in questions])).found
        return [q for q in questions if not any(_answers(q, row) for row in found.get(q.key, ()))]

    def _affordable(self, questions: Sequence[Question]) -> list[Question]:
        """The first questions that fit under the limit together; money is set aside."""
        if self._ledger.limit_nano is None or not questions:
            return list(questions)
        granted = self._ledger.apply(Work(hold_nano=[self._worst(q) for q in questions])).granted
        return [q for q, fits in zip(questions, granted, strict=True) if fits]

    def _worst(self, question: Question) -> int:
        if self._ledger.limit_nano is None or self._judge.price is None:
            return 0
        return worst_case(self._judge.price, question.ask, BATCH_SHARE)

    async def _hand_in(self, questions: Sequence[Question]) -> None:
        held = sum(map(self._worst, questions))
        mark = uuid.uuid4().hex
        number = self._book.begin(questions, held, mark)
        asks = {question.key: question.ask for question in questions}
        try:
            name = await self._trying(partial(self._provider.submit, asks, mark))
        except ProviderError as error:
            self._book.close(number)
            self._ledger.apply(
                Work(release_nano=held, spend_nano=held if error.maybe_billed else 0)
            )
            raise
        self._book.handed_in(number, name)
        self._under_way |= asks.keys()
        self._asked += len(asks)
        self._told(f"{self._judge.name}: batch {name} handed in, {len(asks):,} questions")

    async def _fetch_all(self, *, wait: bool) -> None:
        self._under_way = set()
        for batch in self._book.open_ones():
            name = batch.name or await self._found_again(batch, wait=wait)
            if name is None:
                # the provider never took it: nothing of it can be billed
                self._ledger.apply(Work(release_nano=batch.held_nano))
                self._book.close(batch.id)
                continue
            state = BatchState.RUNNING
            if name is not BatchState.RUNNING:
                self._book.handed_in(batch.id, name)
                state = await self._state(name, wait=wait)
            if state is BatchState.RUNNING:
                self._under_way |= batch.items.keys()
                continue
            count = 0
            if state is BatchState.ENDED:
                count = await self._trying(partial(self._store, batch, name))
            self._ledger.apply(Work(release_nano=batch.held_nano))
            self._book.close(batch.id)
            self._answered += count
            total = len(batch.items)
            self._told(f"{self._judge.name}: batch {name} {state}, {count:,} of {total:,} answered")

    async def _state(self, name: str, *, wait: bool) -> BatchState:
        while True:
            state = await self._trying(partial(self._provider.state, name))
            if state is not BatchState.RUNNING or not wait:
                return state
            await asyncio.sleep(self._judge.poll_seconds)

    async def _found_again(self, batch: OpenBatch, *, wait: bool) -> str | None:
        """The provider's name for a batch whose process ended before it could note it.

        It is `BatchState.RUNNING` where that can only be told once another batch has ended.
        """
        known = self._book.known_names()
        unclear = None
        for name in await self._provider.look_for(batch.mark, batch.items.keys(), batch.at):
            if name in known:
                continue
            state = await self._state(name, wait=wait)
            if state is BatchState.RUNNING:
                unclear = state
            if state is not BatchState.ENDED:
                continue
            async for key, _outcome in self._provider.results(name):
                if key in batch.items:
                    return name
                break
        return unclear

    async def _trying(self, call: Callable[[], Awaitable[Value]]) -> Value:
        """What a call gives, tried again where that can buy nothing twice."""
        trying = AsyncRetrying(
            stop=stop_after_attempt(self._judge.attempts),
            wait=wait_random_exponential(max=self._judge.poll_seconds),
            retry=retry_if_exception(_is_passing),
            reraise=True,
        )
        return await trying(call)

    async def _store(self, batch: OpenBatch, name: str) -> int:
        # a fetch that was cut short stored some already: those are not stored and booked again
        kept = self._ledger.since(list(batch.items), batch.at)
        rows: list[dict[str, Any]] = []
        count = 0
        async for key, outcome in self._provider.results(name):
            if isinstance(outcome, Reply) and key in batch.items:
                count += 1
                if key not in kept:
                    rows.append(self._row(batch, key, outcome))
            if len(rows) >= _CHUNK:
                self._keep(rows)
                rows = []
        self._keep(rows)
        return count

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            spent = sum(row["cost_nano"] for row in rows)
            self._ledger.apply(Work(store=rows, spend_nano=spent))
            self.spent_nano += spent

    def _row(self, batch: OpenBatch, key: str, reply: Reply) -> dict[str, Any]:
        columns = ("key", "source", "domain", "trace_id", "step", "prompt")
        about = {name: batch.items[key][name] for name in columns}
        if reply.usage is None:  # tokens that nobody counted cost what was set aside for them
            price = math.ceil(batch.held_nano / len(batch.items))
        else:
            price = cost(self._judge.price, reply.usage, BATCH_SHARE)
        return reply_row(about, reply, self._ledger.account, time.time() - batch.at, price)


def _is_passing(error: BaseException) -> bool:
    """Whether a call to a provider may be made again, and buys nothing twice."""
    return isinstance(error, ProviderError) and error.retry and not error.maybe_billed


def _answers(question: Question, row: dict[str, Any]) -> bool:
    """Whether a stored reply settles a question: an answer to all of it, or a refusal."""
    judged = question.read(row["text"], row["finish"]).values()
    return all(isinstance(a, StepAnswer) or a.code == "refusal" for a in judged)
