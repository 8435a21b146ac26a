"""How the server and its workshop talk over a socket: a length, a number, a kind, and bytes."""

import asyncio
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple, Self

import orjson

from triage.store.run.stamps import Stamp

_HEAD: Final = struct.Struct("<QQB")
_PART: Final = 1 << 18


class Kind(IntEnum):
    """What a frame is."""

    SETTINGS = 0
    """To the workshop, first of all: the settings as JSON."""
    READY = 1
    """From the workshop: it can take calls."""
    LOOK = 2
    """To the workshop: the store may hold new work."""
    CALL = 3
    """To the workshop: traces to label, as `Call` in JSON."""
    ANSWER = 4
    """From the workshop: what came of a call, a `Reply`."""
    BUSY = 5
    """From the workshop: too many traces are under way to take a call's."""
    FAULT = 6
    """From the workshop: a call went wrong; its log says why."""


class Frame(NamedTuple):
    """One message; `number` ties an answer to its call."""

    kind: Kind
    number: int = 0
    body: bytes = b""

    def pack(self) -> bytes:
        """As it goes over the socket."""
        return _HEAD.pack(len(self.body), self.number, self.kind) + self.body


class Call(NamedTuple):
    """Traces to label, each as JSON, and how long the caller waits in seconds.

    Attributes:
        keys: Traces that the store has, to be decided anew, also if every source has spoken.
    """

    rows: list[str]
    seconds: float
    revise: bool = False
    keys: Sequence[int] = ()

    def pack(self) -> bytes:
        """As it goes to the workshop."""
        return orjson.dumps(self._asdict())


class Reply(NamedTuple):
    """What came of a call.

    Attributes:
        body: What the caller is told.
        stamps: By key the stamps of its traces, while which the same call is told the same; empty
            where it may be told something else.
    """

    body: bytes
    stamps: Mapping[int, Stamp]

    def pack(self) -> bytes:
        """As it comes from the workshop."""
        return (
            orjson.dumps([(key, *stamp) for key, stamp in self.stamps.items()]) + b"\n" + self.body
        )

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read it back."""
        stamps, _, body = packed.partition(b"\n")
        return cls(body, {key: Stamp(*stamp) for key, *stamp in orjson.loads(stamps)})


class Receiver:
    """Takes frames from a socket, as many at a time as have come."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._rest = bytearray()

    def receive(self) -> list[Frame]:
        """Wait for the next frames; none when the other side is gone."""
        while not (frames := list(self._whole())):
            try:
                part = self._stream.recv(_PART)
            except OSError:
                return []
            if not part:
                return []
            self._rest += part
        return frames

    def _whole(self) -> Iterator[Frame]:
        start, rest = 0, self._rest
        while len(rest) >= (begin := start + _HEAD.size):
            length, number, kind = _HEAD.unpack_from(rest, start)
            if len(rest) < begin + length:
                break
            start = begin + length
            yield Frame(Kind(kind), number, bytes(rest[begin:start]))
        del rest[:start]


async def read(reader: asyncio.StreamReader) -> Frame | None:
    """The same in an event loop."""
    try:
        length, number, kind = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        return Frame(Kind(kind), number, await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
