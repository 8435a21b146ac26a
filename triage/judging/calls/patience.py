"""How long to wait for one call: a hang is noticed long before the judge's own time limit."""

from collections import deque
from typing import Final

_KNOWN_FROM: Final = 50
_WINDOW: Final = 200
_LEAST_SECONDS: Final = 10.0
_TIMES_LONGEST: Final = 4.0
_RARE: Final = 0.05


class Patience:
    """Learns from the last 200 calls how long a reply takes.

    A call that takes four times as long as the slowest of them, and more than 10 s, is given up
    and asked again with twice the patience. Where more than one in twenty calls would be given up,
    the provider is slow and nothing hangs: then only the judge's own limit counts.

    Args:
        most: The judge's own limit in seconds.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._took: deque[float] = deque(maxlen=_WINDOW)
        self._given_up: deque[bool] = deque(maxlen=_WINDOW)

    def seconds(self, attempt: int) -> float:
        """The wait for a call that is made for the so-manieth time, from 0."""
        if len(self._took) < _KNOWN_FROM or sum(self._given_up) > _RARE * len(self._given_up):
            return self._most
        usual = max(_LEAST_SECONDS, _TIMES_LONGEST * max(self._took))
        return min(self._most, usual * 2.0**attempt)

    def came(self, seconds: float) -> None:
        """A reply came after so many seconds."""
        self._took.append(seconds)
        self._given_up.append(False)

    def gave_up(self) -> None:
        """No reply came in the time that was given."""
        self._given_up.append(True)
