"""Writes files whole or not at all."""

import gzip
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from triage.errors import UsageError

_SQLITE: Final = b"SQLite format 3\0"
"""How every SQLite file begins."""


@contextmanager
def whole(path: Path, *, database: bool = False) -> Iterator[Path]:
    """A file beside `path` to write to; it takes the place of `path` when all went well.

    Args:
        database: Whether it may take the place of a database, as only another one may.

    Raises:
        UsageError: The folder can't be written to, or a database is there.
    """
    if not database:
        _spare_database(path)
    part = _part_of(path)
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Find out at once whether a file can be made that is to be written after hours of work.

    Raises:
        UsageError: The folder can't be written to, or a database is there.
    """
    _spare_database(path)
    _part_of(path).unlink()


@contextmanager
def json_lines(path: Path) -> Iterator[BinaryIO]:
    """A stream for JSON Lines, gzipped where the name ends in `.gz`, that appears whole."""
    with whole(path) as part, part.open("wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        with gzip.GzipFile(filename="", fileobj=plain, mode="wb", mtime=0) as packed:
            yield cast("BinaryIO", packed)


def _spare_database(path: Path) -> None:
    if path.is_file():
        with path.open("rb") as there:
            if there.read(len(_SQLITE)) == _SQLITE:
                raise UsageError(
                    f"{path} is a database, perhaps a store with its verdicts: name another file"
                )


def _part_of(path: Path) -> Path:
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as why:
        raise UsageError(f"can't write {path}: {why.strerror}") from why
    os.close(number)
    return Path(name)


def _umask() -> int:
    # the only way to read it is to set it
    mask = os.umask(0)
    os.umask(mask)
    return mask
