"""Finding and opening inputs: files, globs, standard input, and what gzip hides."""

import glob
import gzip
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, cast

from triage.errors import InputError

STDIN: Final = "-"
_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK: Final = b"\xef\xbb\xbf"


class Source:
    """An opened input, behind gzip where there was one."""

    def __init__(self, name: str, stream: io.BufferedReader) -> None:
        self.name = name
        self.stream = stream
        head = stream.peek(4)[:4]
        self.is_parquet = head == _PARQUET
        self.is_utf16 = head.startswith(_UTF16)
        if head.startswith(_UTF8_MARK):
            stream.read(len(_UTF8_MARK))


def find_inputs(inputs: Sequence[str]) -> list[str]:
    """Resolve what the user named to files, each once, in the order named.

    A name that is no file but holds `*`, `?` or `[` is a pattern (`**` goes through folders), and
    its files come sorted.

    Raises:
        InputError: A name is no readable file, or a pattern matches none.
    """
    found: dict[str, str] = {}
    for name in inputs:
        if name == STDIN:
            found.setdefault(STDIN, STDIN)
            continue
        files = [name] if _exists(name) else _matches(name)
        for file in files:
            if Path(file).is_dir():
                raise InputError(f"{file} is a folder: name its files, e.g. '{file}/*.jsonl'")
            found.setdefault(str(Path(file).resolve()), file)
    if not found:
        raise InputError("no input: name a file, a pattern or - for standard input")
    return list(found.values())


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open an input for reading, through gzip if it is compressed.

    Raises:
        InputError: It cannot be opened, or is Parquet on standard input.
        OSError, EOFError, zlib.error: Its gzip stream is damaged at the beginning.
    """
    with ExitStack() as stack:
        stream = _open(name, stack)
        if stream.peek(2)[:2] == _GZIP:
            unzipped = cast("io.RawIOBase", gzip.GzipFile(fileobj=stream, mode="rb"))
            stream = stack.enter_context(io.BufferedReader(unzipped, buffer_size=1 << 16))
            if stream.peek(4)[:4] == _PARQUET:
                # Parquet is read from its end, which gzip could only reach by reading it all.
                copy = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(stream, copy)
                copy.seek(0)
                stream = cast("io.BufferedReader", copy)
        source = Source(name, stream)
        if source.is_parquet and not stream.seekable():
            raise InputError("Parquet cannot be read from standard input: name the file")
        yield source


def _open(name: str, stack: ExitStack) -> io.BufferedReader:
    if name == STDIN:
        return cast("io.BufferedReader", sys.stdin.buffer)
    try:
        return stack.enter_context(Path(name).open("rb"))
    except OSError as why:
        raise InputError(f"cannot read {name}: {why.strerror}") from None


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        # Names that are too long or hold a NUL are no files either.
        return False


def _matches(pattern: str) -> list[str]:
    if not glob.has_magic(pattern):
        raise InputError(f"no such file: {pattern}")
    files = [file for file in sorted(glob.glob(pattern, recursive=True)) if Path(file).is_file()]  # noqa: PTH207 - pathlib's glob refuses absolute patterns
    if not files:
        raise InputError(f"no file matches {pattern}")
    return files
