"""Notices that a plugin has closed the files over which its worker answers."""

import errno
import os
import select
from pathlib import Path
from typing import Final

_STANDARD: Final = 2
"""The last of the streams that a program may close as it likes."""


class Lifeline:
    """The files that a worker had open before any plugin was loaded."""

    def __init__(self) -> None:
        self._files = select.poll()
        for number in [int(one.name) for one in Path("/dev/fd").iterdir()]:
            if number > _STANDARD and _is_open(number):
                self._files.register(number, 0)

    def check(self) -> None:
        """Leave at once if one of them was closed: no answer would arrive, nor say whose fault."""
        # one call for all of them, as this is asked at every step of every plugin
        if any(event & select.POLLNVAL for _, event in self._files.poll(0)):
            os._exit(errno.EBADF)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False  # the list's own
    return True
