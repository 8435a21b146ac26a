"""Asks the store once for all who wait at the same moment: a trip costs more than what it reads."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Gathered(Generic[Question, Answer]):
    """Answers questions from the store; use in one event loop.

    Every answer is read after its question was asked, so nobody is told what was true before.

    Args:
        read: Gives what is known of some questions; runs in another thread.
    """

    def __init__(self, read: Callable[[list[Question]], Mapping[Question, Answer]]) -> None:
        self._read = read
        self._waiting: list[tuple[Question, asyncio.Future[Answer | None]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer | None:
        """What the store says now; None if it knows nothing of it."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, []
                await self._tell(asked)
        finally:
            self._reader = None

    async def _tell(self, asked: list[tuple[Question, "asyncio.Future[Answer | None]"]]) -> None:
        questions = list(dict.fromkeys(question for question, _ in asked))
        try:
            found = await run_in_threadpool(self._read, questions)
        except Exception as why:  # noqa: BLE001 - those who asked get it, whatever it is
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(why)
            return
        for question, answer in asked:
            if not answer.done():  # whoever asked has left
                answer.set_result(found.get(question))
