"""How many calls to a judge are under way: as many as it takes without throttling."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from triage.judging.calls.turns import Turns

_MUCH_THROTTLED: Final = 0.2
_SOME_THROTTLED: Final = 0.1
_SHRINK: Final = 0.6
_GROW: Final = 0.1


class Limiter:
    """Slots for calls. Their number follows the share of throttled calls, round by round.

    A round is as many calls as there are slots. Above 20 % throttled the slots shrink to 60 %,
    below 10 % they grow by a tenth, up to what was configured.

    Args:
        most: Slots at the start, and at most.
        per_minute: Most calls begun in a minute, evenly spaced; None is no limit.
        clock: Seconds on a steady clock.
        turns: What the beginnings of calls share with other work in the event loop.
    """

    def __init__(
        self, most: int, per_minute: float | None, clock: Callable[[], float], turns: Turns
    ) -> None:
        self._most = most
        self._slots = float(most)
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._round = self._throttled = 0
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._turns = turns
        self._clock = clock

    @property
    def slots(self) -> int:
        """How many calls may be under way now."""
        return max(1, int(self._slots))

    async def enter(self) -> None:
        """Wait for a slot, first come, first served."""
        if self._used >= self.slots or self._waiting:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._free()
                raise
        else:
            self._used += 1
        try:
            await self._turns.begin()
            if self._gap:
                await self._paced()
        except asyncio.CancelledError:
            self._free()
            raise

    def leave(self, *, throttled: bool) -> None:
        """Give the slot back and tell whether the provider throttled the call."""
        self._round += 1
        self._throttled += throttled
        if self._round >= self.slots:
            share = self._throttled / self._round
            if share > _MUCH_THROTTLED:
                self._slots = max(1.0, self._slots * _SHRINK)
            elif share < _SOME_THROTTLED:
                self._slots = min(float(self._most), self._slots + max(1.0, self._slots * _GROW))
            self._round = self._throttled = 0
        self._free()

    def _free(self) -> None:
        self._used -= 1
        while self._waiting and self._used < self.slots:
            turn = self._waiting.popleft()
            if not turn.done():
                self._used += 1
                turn.set_result(None)

    async def _paced(self) -> None:
        start = max(self._clock(), self._next)
        self._next = start + self._gap
        await asyncio.sleep(start - self._clock())
