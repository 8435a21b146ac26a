"""One asker a question: what another process is asking already is waited for, not bought again."""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from triage.judging.bookkeeping.commits import Commits

BEAT_SECONDS: Final = 3.0
_DEAD_AFTER_SECONDS: Final = 20.0
"""A process on another machine that gave no sign of life for so long is taken for dead."""
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


def new_asker() -> str:
    """A name for this process and this use of the ledger: machine, process and something new."""
    return f"{socket.gethostname()[:80]}/{os.getpid()}/{uuid.uuid4().hex[:12]}"


class Leases:
    """The questions that this process is asking, as other processes on the same ledger see them."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._beating: asyncio.Task[None] | None = None
        self._seen: dict[str, tuple[int, float]] = {}

    async def take(self, key: str) -> list[dict[str, Any]]:
        """Wait until nobody else is asking; gives the replies that are there by then."""
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())
        pause = _FIRST_PAUSE
        while True:
            holder, rows = await self._commits.claim(key)
            if holder is None:
                return rows
            if self._is_dead(*holder):
                await self._commits.bury(holder[0])
            else:
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)

    def give(self, key: str) -> None:
        """Let others ask."""
        self._commits.free(key)

    async def close(self) -> None:
        """Stop giving signs of life."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._commits.beat()

    def _is_dead(self, asker: str, beat: int) -> bool:
        host, _, rest = asker.partition("/")
        pid = rest.partition("/")[0]
        if host == socket.gethostname()[:80] and pid.isdigit() and not _is_running(int(pid)):
            return True
        # by this machine's clock alone: those of two machines need not agree
        known, since = self._seen.get(asker, (None, 0.0))
        if known != beat:
            self._seen[asker] = beat, time.monotonic()
            return False
        return time.monotonic() - since > _DEAD_AFTER_SECONDS


class Places:
    """Places where only one task of one process is at a time, among all on the same ledger."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._here: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[None]:
        """Wait until nobody is there, and keep others away; `place` is a word like a key."""
        async with self._here.setdefault(place, asyncio.Lock()):
            await self._leases.take(place)
            try:
                yield
            finally:
                self._leases.give(place)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
