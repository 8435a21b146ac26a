"""Fills the ledger through a provider's batches: half the price, hours instead of seconds.

A run afterwards finds the answers in the ledger and asks directly for what batches did not give.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage.errors import UsageError
from triage.judging.answers import StepAnswer
from triage.judging.batchbook import BatchBook, OpenBatch
from triage.judging.ledger import Ledger, Work, reply_row
from triage.judging.money import BATCH_SHARE, cost, worst_case
from triage.judging.panel import Judge
from triage.judging.question import Question
from triage.providers import BatchProvider, BatchState, Reply, Usage
from triage.providers.errors import ProviderError

_ROUNDS: Final = 3
_MOST_IN_ONE: Final = 10_000
_CHUNK: Final = 500


@dataclass(frozen=True)
class BatchReport:
    """What batches brought.

    Attributes:
        asked: Questions that were handed in, again after an expiry or a broken reply.
        answered: Replies that came and were stored.
        missing: Questions that still have no answer.
        unaffordable: Of these, the ones that might have passed the money limit.
    """

    asked: int
    answered: int
    missing: int
    unaffordable: int


class Batches:
    """One judge's questions by batch. Interrupted at any point, a new one takes up where it was.

    Args:
        ledger: Where answers are kept and money is counted.
        judge: Whom to ask; OpenAI and Anthropic have batches.
        provider: Its batches.
        poll_seconds: How often to look whether a batch is done.
    """

    def __init__(
        self,
        ledger: Ledger,
        judge: Judge,
        provider: BatchProvider,
        *,
        poll_seconds: float = 60.0,
    ) -> None:
        if ledger.limit_nano is not None and judge.price is None:
            raise UsageError(f"judges.{judge.name}.price is missing: a money limit needs it")
        self._ledger = ledger
        self._judge = judge
        self._provider = provider
        self._poll = poll_seconds
        self._book = BatchBook(ledger.engine, ledger.account, judge)
        self._answered = 0

    async def fill(
        self, questions: Sequence[Question], told: Callable[[str], None] = lambda _line: None
    ) -> BatchReport:
        """Hand in what has no answer, wait, store; again for what expired or came back broken.

        Args:
            questions: What to ask.
            told: Gets a line for every batch that is handed in or fetched.

        Raises:
            ProviderError: A batch was not taken, or could not be looked up; run again to resume.
        """
        wanted = list({question.key: question for question in questions}.values())
        asked = unaffordable = 0
        await self._fetch_all(told)
        for _ in range(_ROUNDS):
            missing = self._missing(wanted)
            affordable = self._affordable(missing)
            unaffordable = len(missing) - len(affordable)
            if not affordable:
                break
            for start in range(0, len(affordable), _MOST_IN_ONE):
                part = affordable[start : start + _MOST_IN_ONE]
                await self._hand_in(part, told)
                asked += len(part)
            await self._fetch_all(told)
        return BatchReport(asked, self._answered, len(self._missing(wanted)), unaffordable)

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

    async def _hand_in(self, questions: Sequence[Question], told: Callable[[str], None]) -> None:
        held = sum(map(self._worst, questions))
        mark = uuid.uuid4().hex
        number = self._book.begin(questions, held, mark)
        try:
            name = await self._provider.submit({q.key: q.ask for q in questions}, mark)
        except ProviderError as error:
            self._book.close(number)
            self._ledger.apply(
                Work(release_nano=held, spend_nano=held if error.maybe_billed else 0)
            )
            raise
        self._book.handed_in(number, name)
        told(f"batch {name}: {len(questions)} questions handed in")

    async def _fetch_all(self, told: Callable[[str], None]) -> None:
        for batch in self._book.open_ones():
            name = batch.name or await self._found_again(batch)
            if name is None:
                # the provider never took it: nothing of it can be billed
                self._ledger.apply(Work(release_nano=batch.held_nano))
                self._book.close(batch.id)
                continue
            self._book.handed_in(batch.id, name)
            while (state := await self._provider.state(name)) is BatchState.RUNNING:
                await asyncio.sleep(self._poll)
            count = await self._store(batch, name) if state is BatchState.ENDED else 0
            self._ledger.apply(Work(release_nano=batch.held_nano))
            self._book.close(batch.id)
            self._answered += count
            told(f"batch {name}: {count} of {len(batch.items)} answered")

    async def _found_again(self, batch: OpenBatch) -> str | None:
        """The provider's name for a batch whose process ended before it could note it."""
        known = self._book.known_names()
        for name in await self._provider.look_for(batch.mark, batch.items.keys(), batch.at):
            if name in known:
                continue
            while (state := await self._provider.state(name)) is BatchState.RUNNING:
                await asyncio.sleep(self._poll)
            if state is BatchState.FAILED:
                continue
            async for key, _outcome in self._provider.results(name):
                if key in batch.items:
                    return name
                break
        return None

    async def _store(self, batch: OpenBatch, name: str) -> int:
        # a fetch that was cut short stored some already: those are not stored and booked again
        kept = self._ledger.since(list(batch.items), batch.at)
        rows: list[dict[str, Any]] = []
        count = 0
        async for key, outcome in self._provider.results(name):
            if isinstance(outcome, Reply) and key in batch.items:
                count += 1
                if key not in kept:
                    rows.append(self._row(batch.items[key], outcome, time.time() - batch.at))
            if len(rows) >= _CHUNK:
                self._keep(rows)
                rows = []
        self._keep(rows)
        return count

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._ledger.apply(Work(store=rows, spend_nano=sum(row["cost_nano"] for row in rows)))

    def _row(self, item: dict[str, Any], reply: Reply, seconds: float) -> dict[str, Any]:
        columns = ("key", "source", "domain", "trace_id", "step", "prompt")
        about = {name: item[name] for name in columns}
        price = cost(self._judge.price, reply.usage or Usage(), BATCH_SHARE)
        return reply_row(about, reply, self._ledger.account, seconds, price)


def _answers(question: Question, row: dict[str, Any]) -> bool:
    """Whether a stored reply settles a question: an answer to all of it, or a refusal."""
    judged = question.read(row["text"], row["finish"]).values()
    return all(isinstance(a, StepAnswer) or a.code == "refusal" for a in judged)
