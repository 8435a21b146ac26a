"""Few pieces of work in each turn of the event loop: what arrives meanwhile need not wait long.

A run begins with hundreds of questions at once. Were all of them put together before the loop
turns, an answer that came in the meantime would lie unread for as long.
"""

import asyncio
from collections import deque
from typing import Final

_AT_ONCE: Final = 4


class Turns:
    """Lets so many pieces of work begin in one turn, in the order in which they asked.

    Args:
        at_once: Pieces of work that may begin between two looks at the network.
    """

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._at_once = at_once
        self._begun = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def begin(self) -> None:
        """Wait for a place in a turn; what follows until the next `await` belongs to it."""
        if self._begun == 0 and not self._waiting:
            asyncio.get_running_loop().call_soon(self._turned)
        if self._begun < self._at_once and not self._waiting:
            self._begun += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        await place

    def _turned(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < self._at_once:
            place = self._waiting.popleft()
            if not place.done():  # whoever waited may have been cancelled
                place.set_result(None)
                self._begun += 1
        if self._begun:
            asyncio.get_running_loop().call_soon(self._turned)
