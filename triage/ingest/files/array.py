"""A JSON array, element by element, without holding more than one.

Elements are only delimited here; each is then parsed by itself, so a broken one costs one reject
with its line and not the rest of the file, which parsers of whole documents cannot offer.
"""

import io
import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from triage.ingest.items import Flaw, Frame

_CHUNK: Final = 1 << 16
_DEPTH: Final = 2_000
_GAP: Final = 200
"""Blanks before an element that are looked at for its indentation."""
_RESCAN_BYTES: Final = 1 << 24
"""Enough to find the next element behind a large broken one; bounds what a hostile file costs."""
_SPACE: Final = re.compile(rb"[\s,]*+")
_BARE: Final = re.compile(rb'[^\s,\[\]{"]*+')
# no group is possessive: up to Python 3.11.4 one that fails half-way loses its place
_INSIDE: Final = rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*'
_TEXT: Final = re.compile(_INSIDE)
_STRUCTURE: Final = re.compile(rb'(?:[^"\[\]{}]++|"' + _INSIDE + rb'")*')
_CLOSER: Final = {ord("["): ord("]"), ord("{"): ord("}")}


class _At(Enum):
    GAP = "between elements"
    STRUCTURE = "inside an object or a list"
    TEXT = "inside a text"
    BARE = "inside a number or a word"
    LOST = "behind a broken element"
    END = "behind the array"


class ArrayScanner:
    """Finds the elements of one array, chunk by chunk.

    When brackets or quotes do not match or the array ends too early, the scan takes up again at the
    next line that begins like an element: with the same indentation and an opening brace. With
    `closed=False` the elements stand without brackets around them.
    """

    def __init__(self, limit: int, line: int, *, closed: bool = True) -> None:
        self._limit = limit
        self._closed = closed
        self._line = line
        self._start = line
        self._at = _At.GAP
        self._closers = bytearray()
        self._escaped = False
        self._parts: list[bytes] = []
        self._size = 0
        self._gap = b""
        self._resume: bytes | None = None if closed else b"\n{"
        self._again: list[tuple[bytes, int]] = []
        self._rescanned = 0

    def scan(self, stream: io.BufferedReader, head: bytes = b"") -> Iterator[Frame | Flaw]:
        """Yield the elements that follow in `head` and then in the stream."""
        yield from self._feed_all(head)
        while chunk := stream.read1(_CHUNK):
            yield from self._feed_all(chunk)
        while self._inside():
            if self._at is _At.BARE:
                yield self._emit(b"")
            else:
                yield self._lose(b"", 0, 0, "is cut off by the end of the file")
                yield from self._feed_all(b"")
        if self._closed and self._at is _At.GAP:
            yield Flaw(self._line, "the array is not closed: the file ends too early")

    def _feed_all(self, chunk: bytes) -> Iterator[Frame | Flaw]:
        self._again.append((chunk, 0))
        while self._again:
            yield from self._feed(*self._again.pop())

    def _feed(self, chunk: bytes, pos: int) -> Iterator[Frame | Flaw]:
        begin = pos
        while pos < len(chunk):
            if self._at is _At.GAP:
                begin = pos = self._pass_gap(chunk, pos)
                pos += self._at is not _At.GAP and self._at is not _At.BARE
            elif self._at is _At.LOST:
                pos = self._pass_lost(chunk, pos)
            elif self._at is _At.END:
                pos = self._pass_space(chunk, pos)
                if pos < len(chunk):
                    self._at = _At.LOST
                    yield Flaw(self._line, "the file goes on behind the end of the array")
            else:
                pos, reason = self._pass_element(chunk, pos)
                if reason is not None:
                    yield self._lose(chunk, begin, pos, reason)
                    return
                if not self._inside():
                    yield self._emit(chunk[begin:pos])
        if self._inside():
            self._keep(chunk[begin:])

    def _inside(self) -> bool:
        return self._at in (_At.STRUCTURE, _At.TEXT, _At.BARE)

    def _pass_gap(self, chunk: bytes, pos: int) -> int:
        end = self._pass_space(chunk, pos)
        if end == len(chunk):
            return end
        _, newline, indent = self._gap.rpartition(b"\n")
        if newline and b"," not in indent:
            self._resume = b"\n" + indent + b"{"
        self._gap = b""
        self._start = self._line
        self._parts, self._size = [], 0
        self._closers.clear()
        first = chunk[end]
        if first in _CLOSER:
            self._closers.append(_CLOSER[first])
            self._at = _At.STRUCTURE
        else:
            self._at = {ord('"'): _At.TEXT, ord("]"): _At.END}.get(first, _At.BARE)
        return end

    def _pass_element(self, chunk: bytes, pos: int) -> tuple[int, str | None]:
        """Go on inside an element; the position reached, and what broke it, if anything did."""
        if self._at is _At.BARE:
            pos = _match_end(_BARE, chunk, pos)
            if pos < len(chunk):
                self._at = _At.GAP
            return pos, None
        if self._at is _At.TEXT:
            return self._pass_text(chunk, pos)
        pos = _match_end(_STRUCTURE, chunk, pos)
        if pos == len(chunk):
            return pos, None
        sign = chunk[pos]
        if sign == ord('"'):
            self._at = _At.TEXT
        elif sign in _CLOSER:
            if len(self._closers) == _DEPTH:
                return pos, f"is nested deeper than {_DEPTH} levels"
            self._closers.append(_CLOSER[sign])
        elif self._closers.pop() != sign:
            return pos, "has brackets that do not match"
        elif not self._closers:
            self._at = _At.GAP
        return pos + 1, None

    def _pass_text(self, chunk: bytes, pos: int) -> tuple[int, str | None]:
        if self._escaped and chunk[pos] != ord("\n"):
            pos += 1
        self._escaped = False
        pos = _match_end(_TEXT, chunk, pos)
        if pos == len(chunk):
            return pos, None
        if chunk[pos] == ord('"'):
            self._at = _At.STRUCTURE if self._closers else _At.GAP
            return pos + 1, None
        if chunk[pos] == ord("\\") and pos + 1 == len(chunk):
            self._escaped = True
            return pos + 1, None
        return pos, "has a text that runs over the end of its line"

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        self._line += piece.count(b"\n")
        if self._size <= self._limit:
            self._parts.append(piece)
        else:
            self._parts.clear()

    def _emit(self, piece: bytes) -> Frame | Flaw:
        self._keep(piece)
        self._at = _At.GAP
        if self._size > self._limit:
            return Flaw(self._start, f"has {self._size} bytes, more than {self._limit}")
        return Frame(self._start, b"".join(self._parts))

    def _lose(self, chunk: bytes, begin: int, pos: int, reason: str) -> Flaw:
        """Give an element up and arrange for its bytes to be searched for the next one."""
        self._rescanned += self._size + len(chunk) - begin
        if self._rescanned <= _RESCAN_BYTES:
            self._line = self._start
            self._again.append((b"".join((*self._parts, chunk[begin:])), 1))
        else:
            self._line += chunk.count(b"\n", begin, pos)
            self._again.append((chunk, pos))
        self._gap, self._escaped, self._at = b"", False, _At.LOST
        if self._resume is None:
            reason += "; the rest of the array cannot be read"
        return Flaw(self._start, f"is not JSON: {reason}")

    def _pass_lost(self, chunk: bytes, pos: int) -> int:
        if self._resume is None:
            return len(chunk)
        width = len(self._resume) - 1
        # The pattern may lie across two chunks, so the end of the last one stays in the gap.
        seam = self._gap + chunk[pos : pos + width]
        at = seam.find(self._resume)
        brace = at + width - len(self._gap) + pos
        if at < 0:
            brace = chunk.find(self._resume, pos) + width
        if at < 0 and brace < width:
            self._gap = (self._gap + chunk[max(pos, len(chunk) - width) :])[-width:]
            self._line += chunk.count(b"\n", pos)
            return len(chunk)
        self._line += chunk.count(b"\n", pos, brace)
        self._gap, self._at = self._resume[:-1], _At.GAP
        return brace

    def _pass_space(self, chunk: bytes, pos: int) -> int:
        end = _match_end(_SPACE, chunk, pos)
        self._gap = (self._gap + chunk[pos:end])[-_GAP:]
        self._line += chunk.count(b"\n", pos, end)
        return end


def _match_end(pattern: re.Pattern[bytes], chunk: bytes, pos: int) -> int:
    match = pattern.match(chunk, pos)
    return pos if match is None else match.end()
