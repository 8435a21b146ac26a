"""Files of JSON values, told apart by content: JSON Lines or a JSON array."""

import io
from collections.abc import Iterator

from triage.ingest.array import ArrayScanner
from triage.ingest.items import Flaw, Frame
from triage.ingest.lines import read_lines


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
