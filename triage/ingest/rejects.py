"""The rejects file: one JSON line for every row that could not be used."""

import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from triage.ingest.items import Reject


def rejects_path(out: Path) -> Path:
    """Where the rejects of a run that writes `out` go: `a/b.jsonl` gives `a/b.rejects.jsonl`."""
    return out.with_name(f"{out.stem}.rejects.jsonl")


class RejectsFile:
    """Collects rejects in a file that appears whole when the run ends, or not at all.

    Without a reject no file is left, not even one of an earlier run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._part = path.with_name(path.name + ".part")
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self.path)

    def write(self, reject: Reject) -> None:
        """Add one reject."""
        if self._file is None:
            self._file = self._part.open("wb")
        self._file.write(orjson.dumps(reject.model_dump(exclude_none=False)) + b"\n")
        self.count += 1
