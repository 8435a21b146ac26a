"""What a process that is killed must have kept of the answers that were delivered to it."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

OWN_SECONDS = 0.1
"""Within so much time of its own a process has an answer on disk. What it waits for a processor
that other programs have does not count."""

Deliveries = Sequence[tuple[str, float]]


class Life(NamedTuple):
    """A process that was killed; moments of the clock that the deliveries have.

    Attributes:
        began: When the process before it was gone. Until then the system takes in answers for one
            that is dead already: nobody could have kept them.
        sure: What was delivered before this has to be on disk.
        killed: When it was killed.
    """

    began: float
    sure: float
    killed: float

    def kept(self, deliveries: Deliveries) -> set[str]:
        """The questions whose answers it must have kept."""
        return {key for key, at in deliveries if self.began < at < self.sure}

    def lost(self, deliveries: Deliveries) -> set[str]:
        """Those of them that were bought again."""
        return self.kept(deliveries) & {key for key, at in deliveries if at > self.killed}


class Watch:
    """Looks at a process again and again, and knows how much time it had of its own.

    Where the system keeps no account of waiting, all time counts.
    """

    def __init__(self, process: int) -> None:
        self._account = Path(f"/proc/{process}/schedstat")
        self._waits = [(time.monotonic(), self._waited())]

    def look(self) -> None:
        """Note how long it has waited for a processor so far; takes 2 ms."""
        self._waits.append((time.monotonic(), self._waited()))
        time.sleep(0.002)

    def sure(self) -> float:
        """The last moment after which it had its time."""
        return max((at for at, own in self._own() if own >= OWN_SECONDS), default=0.0)

    def own_since(self, moment: float) -> float:
        """How many seconds of its own it has had since."""
        return max((own for at, own in self._own() if at >= moment), default=0.0)

    def _own(self) -> Iterator[tuple[float, float]]:
        end, waited = self._waits[-1]
        return ((at, (end - at) - (waited - before)) for at, before in self._waits)

    def _waited(self) -> float:
        if not self._account.exists():
            return 0.0
        return int(self._account.read_text().split()[1]) / 1e9
