"""Reads single keys from a terminal, and none that was pressed before it was asked for."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from triage.errors import UsageError

_GUARD_SECONDS: Final = 0.15
"""How long after a step appears keys are taken for the step before: nobody reads faster."""
_READY: Final = "\r> "


class Keys(Protocol):
    """Where keys come from."""

    def fresh(self) -> str:
        """The next key that is pressed from now on; empty when the terminal is gone."""

    def line(self, prompt: str) -> str:
        """A line of text, typed from now on; empty if given up."""


@contextmanager
def terminal_keys() -> Iterator[Keys]:
    """Take keys from standard input one at a time, unseen, and leave the terminal as it was.

    Raises:
        UsageError: This system has no such terminals.
    """
    try:
        import termios
        import tty
    except ModuleNotFoundError as why:
        raise UsageError(
            "labelling with keys needs a POSIX terminal: use --json and triage queue submit"
        ) from why
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)

    class _Terminal:
        def fresh(self) -> str:
            sys.stdout.flush()
            time.sleep(_GUARD_SECONDS)
            termios.tcflush(number, termios.TCIFLUSH)
            # shown when keys count from now on
            sys.stdout.write(_READY)
            sys.stdout.flush()
            key = os.read(number, 1).decode(errors="replace")
            if key == "\x1b":
                # the rest of an arrow or function key must not pass for keys of its own
                time.sleep(0.01)
                termios.tcflush(number, termios.TCIFLUSH)
            return key

        def line(self, prompt: str) -> str:
            termios.tcsetattr(number, termios.TCSAFLUSH, before)
            try:
                return input(prompt).strip()
            except EOFError:
                return ""
            finally:
                tty.setcbreak(number, termios.TCSAFLUSH)

    tty.setcbreak(number, termios.TCSAFLUSH)
    try:
        yield _Terminal()
    finally:
        termios.tcsetattr(number, termios.TCSAFLUSH, before)
