"""A circuit breaker: a judge that is down is left alone for a while, one that is out for good."""

import asyncio
from collections.abc import Callable
from typing import Final

from triage.providers.errors import DownError, ProviderError, UnreachableError

_TRIPS_AFTER: Final = 10
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 60.0
_NEVER_REACHED: Final = 0.1
"""Share of the patience for a judge that was never reached: mostly its address is wrong."""


class Breaker:
    """Lets calls to one judge through, or holds them back.

    Ten failures in a row open it for 2 s, doubling up to a minute while probes fail. A key that is
    refused, a model that does not exist or an empty account opens it for good: every call would
    end the same way, and an operator must act.

    A judge that has been down for as long as one answer may take is not waited for by each of the
    other questions again: all but the probes fail at once, as the last call did. One that was never
    reached at all is given a tenth of that.

    Args:
        clock: The time in seconds.
        patience_seconds: Longest wait for one answer, all tries together.
    """

    def __init__(self, clock: Callable[[], float], patience_seconds: float) -> None:
        self._clock = clock
        self._patience = patience_seconds
        self._came = False
        self._in_a_row = 0
        self._down_since = 0.0
        self._last: ProviderError | None = None
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
            if self._given_up() or self._clock() + wait > deadline:
                raise self._down()
            await asyncio.sleep(wait)

    def _given_up(self) -> bool:
        never = not self._came and isinstance(self._last, UnreachableError)
        patience = self._patience * (_NEVER_REACHED if never else 1.0)
        return self._clock() - self._down_since >= patience

    def _down(self) -> DownError:
        last = self._last
        code = last.code if last is not None else DownError.code
        return DownError(f"the judge is down, last: {last}", code)

    def succeeded(self) -> None:
        """A call came back: the judge is up."""
        self._in_a_row, self._pause, self._came = 0, _FIRST_PAUSE, True

    def failed(self, error: ProviderError) -> None:
        """A call failed in a way that speaks of the judge, not of the call."""
        if error.fatal:
            self._out = error
            return
        if self._in_a_row == 0:
            self._down_since = self._clock()
        self._in_a_row += 1
        self._last = error
        if self._in_a_row == _TRIPS_AFTER:
            self._opens_at = self._clock() + self._pause
        elif self._in_a_row > _TRIPS_AFTER:
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)
            self._opens_at = self._clock() + self._pause
