"""Tells Python how its threads are to share the interpreter."""

import sys
from typing import Final

_SECONDS: Final = 0.0005


def share_often() -> None:
    """Let a thread that only takes messages wait less for one that computes.

    At Python's usual pace it waits 5 ms after every look at its socket, and so do all for whom
    its messages are.
    """
    sys.setswitchinterval(_SECONDS)
