"""Foreign plain functions that may never come back, called without waiting for ever."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Final, TypeVar

Value = TypeVar("Value")

_STUCK_AFTER: Final = 3


class OwnThread:
    """Runs calls one after the other in a thread that does not keep the process from ending.

    Args:
        name: The thread's name.
        deadline_seconds: Longest wait for a call. After the first that is late nothing is handed to
            the thread any more: it may hang for ever.
    """

    def __init__(self, name: str, deadline_seconds: float) -> None:
        self._name = name
        self._deadline = deadline_seconds
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._started = self._hangs = False

    async def call(self, function: Callable[[], Value]) -> Value:
        """What the function returns.

        Raises:
            TimeoutError: It is late, or an earlier one was.
        """
        if self._hangs:
            raise TimeoutError(f"it gave nothing within {self._deadline:g} s before")
        if not self._started:
            self._started = True
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        waiting: Future[Value] = Future()
        self._calls.put((waiting, function))
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.wrap_future(waiting)
        except TimeoutError as late:
            self._hangs = True
            raise TimeoutError(f"it gave nothing within {self._deadline:g} s") from late

    def _work(self) -> None:
        while True:
            waiting, function = self._calls.get()
            if waiting.set_running_or_notify_cancel():
                try:
                    waiting.set_result(function())
                except (Exception, SystemExit) as why:  # noqa: BLE001 - who waits gets it
                    waiting.set_exception(why)


class Bounded:
    """Interrupts calls that take too long, where the system can: in the main thread of a process.

    Redactors are asked in the middle of other work, thousands of times a second, so a process or
    a thread of their own is out of the question. Python's regular expressions look for signals
    while they match, and loops do.

    Args:
        deadline_seconds: Longest time for a call. After three that were late no other is begun.
    """

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline = deadline_seconds
        self._late = 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Do what follows within the deadline.

        Raises:
            TimeoutError: It took too long, or others did too often.
        """
        if self._late >= _STUCK_AFTER:
            raise TimeoutError(f"it took more than {self._deadline:g} s too often")
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._interrupt)
        # again and again: the first may be caught by what it interrupts
        others = signal.setitimer(signal.ITIMER_REAL, self._deadline, self._deadline)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, *others)

    def _interrupt(self, _signal: int, _frame: object) -> None:
        self._late += 1
        raise TimeoutError(f"it took more than {self._deadline:g} s")
