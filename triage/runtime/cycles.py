"""Tells Python's cycle collector that this process makes many records and hardly any cycles."""

import gc
from functools import cache
from typing import Final

_ALLOCATIONS: Final = 20_000
_ROUNDS: Final = 20
_FEW_ALLOCATIONS: Final = 5_000
_FEW_ROUNDS: Final = 5
_MANY_ROUNDS: Final = 50


def collect_seldom() -> None:
    """Leave what is loaded alone, and look for cycles less often.

    Records are trees that reference counting frees by itself; at Python's usual pace a fifth of a
    run's time goes into looking for cycles among them. Memory stays flat.
    """
    _leave_alone("records")
    gc.set_threshold(_ALLOCATIONS, _ROUNDS, _ROUNDS)


def collect_briefly() -> None:
    """Look for cycles in small pieces: calls over HTTP make many, and what arrives must not wait.

    A piece takes some milliseconds instead of 30 to 40. What is loaded is left alone.
    """
    _leave_alone("clients")
    gc.set_threshold(_FEW_ALLOCATIONS, _FEW_ROUNDS, _MANY_ROUNDS)


@cache
def _leave_alone(_loaded: str) -> None:
    """Never look again at what is there once this is loaded.

    Only once: what a process that stays made for its last piece of work would never be freed.
    """
    gc.freeze()
