"""A circuit breaker: a judge that is down is left alone for a while, one that is out for good."""

import asyncio
from collections.abc import Callable
from typing import Final

from triage.providers.errors import ProviderError, TroubleError

_TRIPS_AFTER: Final = 10
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 60.0


class Breaker:
    """Lets calls to one judge through, or holds them back.

    Ten failures in a row open it for 2 s, doubling up to a minute while probes fail. A key that is
    refused, a model that does not exist or an empty account opens it for good: every call would
    end the same way, and an operator must act.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._in_a_row = 0
        self._pause = _FIRST_PAUSE
        self._opens_at = 0.0
        self._out: ProviderError | None = None

    async def admit(self, deadline: float) -> None:
        """Wait until a call makes sense.

        Raises:
            ProviderError: The judge is out for good, or for longer than the deadline.
        """
        while True:
            if self._out is not None:
                raise self._out
            wait = self._opens_at - self._clock()
            if self._in_a_row < _TRIPS_AFTER:
                return
            if wait <= 0:
                self._opens_at = self._clock() + self._pause  # this call is the probe
                return
            if self._clock() + wait > deadline:
                raise TroubleError("the judge is down: it failed ten times in a row")
            await asyncio.sleep(wait)

    def succeeded(self) -> None:
        """A call came back: the judge is up."""
        self._in_a_row, self._pause = 0, _FIRST_PAUSE

    def failed(self, error: ProviderError) -> None:
        """A call failed in a way that speaks of the judge, not of the call."""
        if error.fatal:
            self._out = error
            return
        self._in_a_row += 1
        if self._in_a_row == _TRIPS_AFTER:
            self._opens_at = self._clock() + self._pause
        elif self._in_a_row > _TRIPS_AFTER:
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)
            self._opens_at = self._clock() + self._pause
