"""How much one account or address may ask for; counted in this process only."""

from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from triage.server.http.problems import Problem

_TRIES: Final = 10
"""Failed sign-ins a minute for one name, and for one address five times as many."""


class Limits:
    """Refuses those who ask too often.

    Args:
        per_minute: Requests that one person may send.
        program_per_minute: Requests that one program may send.
    """

    def __init__(self, per_minute: int, program_per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._persons = RateLimitItemPerMinute(per_minute)
        self._programs = RateLimitItemPerMinute(program_per_minute)
        self._names = RateLimitItemPerMinute(_TRIES)
        self._addresses = RateLimitItemPerMinute(5 * _TRIES)

    def request(self, name: str, *, program: bool) -> None:
        """Count a request of an account.

        Args:
            program: Whether it came with a program's key.

        Raises:
            Problem: There were too many.
        """
        limit, kind = (self._programs, "call") if program else (self._persons, "request")
        if not self._limiter.hit(limit, kind, name):
            raise _too_many()

    def may_try(self, name: str | None, address: str) -> None:
        """Refuse to look at another sign-in where too many have failed.

        Args:
            name: Whose password is tried; None for a link, which names nobody: counted under one
                name, a stranger's guesses would shut out everybody with a link.

        Raises:
            Problem: There were too many.
        """
        if not (
            (name is None or self._limiter.test(self._names, "name", name))
            and self._limiter.test(self._addresses, "address", address)
        ):
            raise _too_many()

    def failed(self, name: str | None, address: str) -> None:
        """Count a sign-in that failed; `name` as in `may_try`."""
        if name is not None:
            self._limiter.hit(self._names, "name", name)
        self._limiter.hit(self._addresses, "address", address)


def _too_many() -> Problem:
    return Problem(429, "too-many", "too many requests: wait a minute", {"Retry-After": "60"})
