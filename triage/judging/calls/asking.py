"""Asks one judge: from the ledger if it was answered before, else over the wire, once."""

import asyncio
import itertools
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from triage.errors import UsageError
from triage.judging.bookkeeping.commits import Commits
from triage.judging.bookkeeping.leases import Leases
from triage.judging.bookkeeping.ledger import reply_row
from triage.judging.bookkeeping.money import bill, worst_case
from triage.judging.bookkeeping.purse import MoneyLimitError, Purse
from triage.judging.calls.answered import Answered, best_of, better, is_settled
from triage.judging.calls.breaker import Breaker
from triage.judging.calls.limiter import Limiter
from triage.judging.calls.patience import Patience
from triage.judging.calls.turns import Turns
from triage.judging.panel import Judge
from triage.judging.questions.answers import Problem
from triage.judging.questions.question import Question
from triage.providers import Ask, Provider, Reply
from triage.providers.errors import LateError, PendingError, ProviderError, ThrottledError

Value = TypeVar("Value")

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_ROUNDS: Final = 2
"""A reply that is no answer is asked for once more."""
_IN_HAND: Final = 4
"""Questions in hand for each that may be under way: the next ones lie ready when a reply comes."""
_PAID: Final = 2
"""Those of them whose money is set aside, so that no slot waits for the ledger. No more than that:
what a killed process had set aside stays set aside."""


class Asker:
    """Asks one judge, under its own limits, in one event loop.

    Attributes:
        room: Held while a question is put together and asked: what waits for its turn is not put
            together yet, however many steps there are.
        put_off: Raised for what the ledger holds no answer to; None has it asked.
        pending: Keys of questions that a batch will answer: they are not asked directly.
    """

    put_off: ProviderError | None = None
    pending: frozenset[str] = frozenset()

    def __init__(
        self,
        judge: Judge,
        provider: Provider,
        commits: Commits,
        leases: Leases,
        purse: Purse,
        turns: Turns,
    ) -> None:
        if purse.limited and judge.price is None:
            raise UsageError(
                f"judges.{judge.name}.price is missing: a money limit can only be kept if the "
                "price of a call is known (0 for a model of your own)"
            )
        self.judge = judge
        self.room = asyncio.Semaphore(_IN_HAND * judge.in_flight)
        self._paid = asyncio.Semaphore(_PAID * judge.in_flight)
        self._provider = provider
        self._commits = commits
        self._leases = leases
        self._purse = purse
        self._breaker = Breaker(time.monotonic, judge.deadline_seconds)
        self._turns = turns
        self._limiter = Limiter(judge.in_flight, judge.per_minute, time.monotonic, turns)
        self._patience = Patience(judge.timeout_seconds)
        self._asking: dict[str, asyncio.Task[Answered]] = {}

    async def ask(self, question: Question) -> Answered:
        """The answer to a question; the same question asked at the same time is one question.

        Whoever stops waiting leaves the call under way: its answer is paid for and will be kept.

        Raises:
            ProviderError: No reply came.
            MoneyLimitError: The call was not made.
        """
        task = self._asking.get(question.key)
        if task is None:
            task = asyncio.create_task(self._answer(question))
            self._asking[question.key] = task
            task.add_done_callback(lambda done: self._forget(question.key, done))
        return await asyncio.shield(task)

    async def sample(self, question: Question) -> Answered | ProviderError | MoneyLimitError:
        """The answer to a question, or why there is none."""
        try:
            return await self.ask(question)
        except (ProviderError, MoneyLimitError) as error:
            return error

    async def close(self) -> None:
        """Give up what is still being asked, and close the connections."""
        pending = list(self._asking.values())
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._provider.close()

    def _forget(self, key: str, done: asyncio.Task[Answered]) -> None:
        del self._asking[key]
        if not done.cancelled():
            done.exception()  # marks it as seen: all who waited may have left

    async def _answer(self, question: Question) -> Answered:
        rows = await self._leases.take(question.key)
        try:
            best = best_of(question, rows)
            if not is_settled(best, question):
                if question.key in self.pending:
                    raise PendingError("it is with the provider's batches: run again later")
                if self.put_off is not None:
                    raise self.put_off
            for round_ in range(_ROUNDS):
                if is_settled(best, question):
                    break
                problems = {p.code for p in best.judged.values() if isinstance(p, Problem)}
                row = await self._buy(question, problems if round_ else set())
                best = better(best, question, row)
        finally:
            self._leases.give(question.key)
        return best

    async def _buy(self, question: Question, problems: set[str]) -> dict[str, Any]:
        """Buy one reply, trying again as long as it makes sense; it is stored when this returns."""
        ask = _asked_again(question.ask, problems) if problems else question.ask
        deadline = time.monotonic() + self.judge.deadline_seconds
        try:
            return await self._once(question, ask, deadline, 0)
        except ProviderError as error:
            if not error.retry:
                raise
            return await self._again(question, ask, deadline, error)

    async def _again(
        self, question: Question, ask: Ask, deadline: float, failed: ProviderError
    ) -> dict[str, Any]:
        """Try again after a first try that failed."""
        trying = AsyncRetrying(
            stop=stop_after_attempt(self.judge.attempts)
            | stop_before_delay(deadline - time.monotonic()),
            wait=_wait,
            retry=retry_if_exception(lambda e: isinstance(e, ProviderError) and e.retry),
            reraise=True,
        )
        attempts = itertools.count()

        async def attempt() -> dict[str, Any]:
            number = next(attempts)
            if number == 0:
                raise failed  # the first try was made before: most calls need no more than it
            return await self._once(question, ask, deadline, number)

        return await trying(attempt)

    async def _once(
        self, question: Question, ask: Ask, deadline: float, attempt: int
    ) -> dict[str, Any]:
        price = self.judge.price
        if price is None or not self._purse.limited:
            return await self._call(question, ask, deadline, attempt, 0)
        async with self._paid:
            held = await self._purse.hold(worst_case(price, ask))
            return await self._call(question, ask, deadline, attempt, held)

    async def _call(
        self, question: Question, ask: Ask, deadline: float, attempt: int, held: int
    ) -> dict[str, Any]:
        """Make the call in a slot, with its money set aside, and store what comes."""
        sent = throttled = False
        try:
            await self._limiter.enter()
            try:
                await self._breaker.admit(deadline)
                started, sent = time.monotonic(), True
                reply = await self._send(ask, attempt)
            except ThrottledError:
                throttled = True
                raise
            finally:
                self._limiter.leave(throttled=throttled)
        except BaseException as error:
            # cancelled or broken in whatever way: once sent, billed unless the error rules it out
            self._settle(held if sent and getattr(error, "maybe_billed", True) else 0, held)
            raise
        self._breaker.succeeded()
        seconds = time.monotonic() - started
        self._patience.came(seconds)
        account = self._commits.ledger.account
        cost = bill(self.judge.price, ask, reply.usage)
        row = reply_row(question.about, reply, account, seconds, cost)
        stored = self._commits.store(row, row["cost_nano"], held)
        self._purse.settled(held)
        await stored
        # many are stored at once; what is made of them can wait, what has arrived since can not
        await self._turns.begin()
        return row

    def _settle(self, spent: int, held: int) -> None:
        self._commits.settle(spent, held)
        self._purse.settled(held)

    async def _send(self, ask: Ask, attempt: int) -> Reply:
        limit = self._patience.seconds(attempt)
        try:
            async with asyncio.timeout(limit):
                return await self._provider.ask(ask)
        except TimeoutError as late:
            error = LateError(f"no reply within {limit:.3g} s")
            self._patience.gave_up()
            self._breaker.failed(error)
            raise error from late
        except ProviderError as error:
            if error.fatal or (error.retry and not isinstance(error, ThrottledError)):
                self._breaker.failed(error)
            raise


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try: what the provider asked for, else doubling, always with jitter.

    Without jitter, calls that failed together come back together.
    """
    backoff = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (state.attempt_number - 1))
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - nothing to keep secret here
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ProviderError) else None
    return backoff * jitter if asked is None else asked + _FIRST_WAIT * (jitter - 0.5)


def _asked_again(ask: Ask, problems: set[str]) -> Ask:
    note = (
        f"Your last reply could not be used ({', '.join(sorted(problems))}). "
        "Reply once more, exactly in the form that was asked for."
    )
    return replace(ask, parts=(*ask.parts, note))


async def all_of(waiting: Sequence[Coroutine[Any, Any, Value]]) -> list[Value]:
    """What all of them give, in order; one alone needs no task of its own."""
    if len(waiting) == 1:
        return [await waiting[0]]
    return await asyncio.gather(*waiting)
