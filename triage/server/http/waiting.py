"""Remembers how many steps wait for each expert: counting takes longer than all else."""

import threading
import time
from typing import Final

from triage.store.labelling.queue import MANY

_SECONDS: Final = 60.0
"""How long a count is good: meanwhile others may take steps or new ones come in."""


class Waiting:
    """Counts by expert, less what the expert has answered since."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}
        self._guard = threading.Lock()

    def of(self, name: str) -> int | None:
        """How many steps wait for an expert; None if that is to be counted anew."""
        with self._guard:
            count, until = self._counts.get(name, (0, 0.0))
            return count if count > 0 and until > time.monotonic() else None

    def counted(self, name: str, count: int) -> None:
        """Remember a new count."""
        with self._guard:
            self._counts[name] = (count, time.monotonic() + _SECONDS)

    def answered(self, name: str) -> None:
        """One step less waits for an expert."""
        with self._guard:
            if name in self._counts and self._counts[name][0] < MANY:
                count, until = self._counts[name]
                self._counts[name] = (count - 1, until)

    def forget(self, name: str) -> None:
        """Count anew the next time."""
        with self._guard:
            self._counts.pop(name, None)
