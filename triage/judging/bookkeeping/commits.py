"""Group commit: what many coroutines want of the ledger goes into one transaction."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from triage.judging.bookkeeping.ledger import Done, Ledger, Work
from triage.store.checkpoints import checkpoint

_APART_SECONDS: Final = 0.02
"""Least time between two transactions: little against a model's answer, and well below the 100 ms
within which a delivered answer has to be on disk."""
_CHECKPOINT_SECONDS: Final = 1.0
"""Least time before a checkpoint of a local ledger, and between two of them."""

Value = TypeVar("Value")


class Commits:
    """The ledger as seen from an event loop; things are written in the order they were handed in.

    What was handed in is written even if the one who waits for it is cancelled.

    Attributes:
        spent_nano: What was booked as spent from here, in billionths of a dollar.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.spent_nano = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._work = Work()
        self._answer: asyncio.Future[Done] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._next = 0.0
        self._next_checkpoint = time.monotonic() + _CHECKPOINT_SECONDS
        self._checkpoint: asyncio.Future[None] | None = None

    async def claim(self, key: str) -> tuple[tuple[str, int] | None, list[dict[str, Any]]]:
        """Take a question for this process; gives who has it already, or None, and its answers."""

        def put(work: Work) -> None:
            work.claim.append(key)
            work.lookup.append(key)

        done = await asyncio.shield(self._hand_in(put))
        return done.holders.get(key), done.found.get(key, [])

    def free(self, key: str) -> None:
        """Let other processes have a question; nobody has to wait for it."""
        self._hand_in(lambda work: work.free.append(key))

    def beat(self) -> None:
        """Give other processes a sign of life."""

        def put(work: Work) -> None:
            work.beat = True

        self._hand_in(put)

    async def bury(self, asker: str) -> None:
        """Free what a process that is dead was asking."""
        await asyncio.shield(self._hand_in(lambda work: work.bury.append(asker)))

    async def hold(self, amount_nano: int) -> bool:
        """Set money aside; whether it fitted under the limit."""
        place = len(self._work.hold_nano)
        done = self._hand_in(lambda work: work.hold_nano.append(amount_nano))
        try:
            return (await asyncio.shield(done)).granted[place]
        except asyncio.CancelledError:
            done.add_done_callback(lambda over: self._give_back(over, place, amount_nano))
            raise

    def settle(self, spent_nano: int, held_nano: int) -> None:
        """Give back what was set aside and book what was spent; nobody has to wait for it."""
        if spent_nano or held_nano:
            self.spent_nano += spent_nano
            self._hand_in(lambda work: _move(work, spent_nano, held_nano))

    def store(
        self, answer: dict[str, Any], spent_nano: int, held_nano: int
    ) -> asyncio.Future[Done]:
        """Keep an answer and settle its cost, in one transaction; done when it is on disk."""

        def put(work: Work) -> None:
            work.store.append(answer)
            _move(work, spent_nano, held_nano)

        self.spent_nano += spent_nano
        return asyncio.shield(self._hand_in(put))

    async def close(self) -> None:
        """Write what is still to be written and stop."""
        while self._writer is not None:
            await self._writer
        await self._apply(Work(bury=[self.ledger.asker]))
        if self._checkpoint is not None:
            await self._checkpoint
        self._thread.shutdown()

    def _hand_in(self, put: Callable[[Work], None]) -> asyncio.Future[Done]:
        put(self._work)
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
            if self._writer is None:
                self._writer = asyncio.create_task(self._write())
        return self._answer

    async def _write(self) -> None:
        while self._answer is not None:
            # one turn of the loop, so that what came in together is written together
            await asyncio.sleep(max(0.0, self._next - time.monotonic()))
            work, answer = self._work, self._answer
            self._work, self._answer = Work(), None
            self._next = time.monotonic() + _APART_SECONDS
            try:
                done = await self._apply(work)
            except Exception as error:  # noqa: BLE001 - the waiters get it, whatever it is
                answer.set_exception(error)
                answer.exception()  # marks it as seen: settlements have nobody who waits
            else:
                answer.set_result(done)
        self._writer = None  # at once: what is handed in from here on needs a new one

    async def _apply(self, work: Work) -> Done:
        if self.ledger.is_local:
            # a millisecond here is less than a thread needs: it would have to wait for the
            # interpreter's lock row by row, up to 5 ms each time, while the loop is busy
            done = self.ledger.apply(work)
            self._checkpoint_aside()
            return done
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.ledger.apply, work)

    def _checkpoint_aside(self) -> None:
        """Have the thread wait for the disk: the loop must not, while answers come."""
        now = time.monotonic()
        running = self._checkpoint is not None and not self._checkpoint.done()
        if now >= self._next_checkpoint and not running:
            self._next_checkpoint = now + _CHECKPOINT_SECONDS
            loop = asyncio.get_running_loop()
            self._checkpoint = loop.run_in_executor(self._thread, checkpoint, self.ledger.engine)

    def _give_back(self, over: asyncio.Future[Done], place: int, amount_nano: int) -> None:
        if over.exception() is None and over.result().granted[place]:
            self.settle(0, amount_nano)


def _move(work: Work, spent_nano: int, held_nano: int) -> None:
    work.spend_nano += spent_nano
    work.release_nano += held_nano
