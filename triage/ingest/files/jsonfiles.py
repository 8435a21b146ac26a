"""Files of JSON values, told apart by content: JSON Lines or a JSON array."""

import io
import zlib
from collections.abc import Iterator

from triage.ingest.files.array import ArrayScanner
from triage.ingest.files.lines import read_lines
from triage.ingest.files.sources import open_source
from triage.ingest.items import Flaw, Frame
from triage.ingest.options import Limits


def values_of(file: str) -> Iterator[Frame | Flaw]:
    """The JSON values of a file, unread; from where it can't be read on, a flaw.

    Raises:
        InputError: The file can't be opened.
    """
    line = None
    try:
        with open_source(file) as source:
            for frame in read_json(source.stream, Limits().row_bytes):
                line = frame.line
                yield frame
    except (OSError, EOFError, zlib.error) as why:
        yield Flaw(line, f"cannot be read from there on: {why}")


def read_json(stream: io.BufferedReader, limit: int) -> Iterator[Frame | Flaw]:
    """Split a stream into JSON values of at most `limit` bytes each.

    What begins with `[` is an array, what begins with a brace alone on its line is a sequence of
    objects printed over several lines, anything else is JSON Lines.
    """
    line, first = 1, stream.read(1)
    while first.isspace():
        line += first == b"\n"
        first = stream.read(1)
    if first == b"[":
        return ArrayScanner(limit, line).scan(stream)
    head = first + stream.readline(limit)
    if head.strip() == b"{":
        return ArrayScanner(limit, line, closed=False).scan(stream, head)
    return read_lines(stream, limit, line, head)
