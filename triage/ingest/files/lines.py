"""JSON Lines: one value a line, with a bound on the line's length."""

import io
from collections.abc import Iterator

from triage.ingest.items import Flaw, Frame


def read_lines(
    stream: io.BufferedReader, limit: int, line: int = 1, begun: bytes = b""
) -> Iterator[Frame | Flaw]:
    """Split a stream into its non-empty lines; a line beyond `limit` bytes is passed over.

    The stream stands in the line numbered `line`, of which `begun` was read already.
    """
    raw = begun or stream.readline(limit + 1)
    while raw:
        if len(raw) > limit and not raw.endswith(b"\n"):
            size = len(raw) + _skip_line(stream, limit)
            yield Flaw(line, f"has {size} bytes, more than {limit}")
        elif not raw.isspace():
            yield Frame(line, raw)
        line += 1
        raw = stream.readline(limit + 1)


def _skip_line(stream: io.BufferedReader, limit: int) -> int:
    skipped = 0
    while rest := stream.readline(limit):
        skipped += len(rest)
        if rest.endswith(b"\n"):
            break
    return skipped
