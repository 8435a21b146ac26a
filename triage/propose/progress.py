"""Notes on what each worker does, so that a dead or speechless one still tells whom to blame."""

import errno
import mmap
import os
import select
import struct
import tempfile
from pathlib import Path
from typing import Final, NamedTuple, Self

_SLOT: Final = struct.Struct("<64si")

ANSWER: Final = -1
"""In place of a step: the plugin was comparing the final answer."""
LOADING: Final = -2
"""In place of a step: the plugin was being imported."""

_STANDARD: Final = 2
"""The last of the streams that a program may close as it likes."""


class Doing(NamedTuple):
    """The plugin at work and the step it was asked about, or `ANSWER` or `LOADING`."""

    plugin: str
    step: int


class Progress:
    """A file mapped into the main process and its workers: one slot a trace in flight."""

    def __init__(self, path: Path, slots: int) -> None:
        self.path = path
        self.slots = slots
        with path.open("r+b") as file:
            file.truncate(slots * _SLOT.size)
            self._memory = mmap.mmap(file.fileno(), slots * _SLOT.size)

    @classmethod
    def create(cls, slots: int) -> Self:
        """Make a new file for so many traces in flight; `close` removes it."""
        with tempfile.NamedTemporaryFile(prefix="triage-progress-", delete=False) as file:
            return cls(Path(file.name), slots)

    def note(self, slot: int, plugin: str, step: int) -> None:
        """Say, before a plugin's code runs, that it is about to."""
        _SLOT.pack_into(self._memory, slot * _SLOT.size, plugin.encode()[:64], step)

    def clear(self, slot: int) -> None:
        """Say that no plugin's code is running."""
        self.note(slot, "", 0)

    def read(self, slot: int) -> Doing | None:
        """What was running last in a slot; None if no plugin was."""
        name, step = _SLOT.unpack_from(self._memory, slot * _SLOT.size)
        plugin = name.rstrip(b"\0").decode(errors="replace")
        return Doing(plugin, step) if plugin else None

    def close(self) -> None:
        """Give the memory back and remove the file."""
        self._memory.close()
        self.path.unlink(missing_ok=True)


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
