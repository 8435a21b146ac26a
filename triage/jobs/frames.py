"""How the server and its workshop talk over a socket: a length, a number, a kind, and bytes."""

import asyncio
import socket
import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import orjson

_HEAD: Final = struct.Struct("<QQB")


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
    """From the workshop: the body of the reply to a call."""
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


def receive(stream: socket.socket) -> Frame | None:
    """Wait for the next frame; None when the other side is gone."""
    head = _receive_exactly(stream, _HEAD.size)
    if head is None:
        return None
    length, number, kind = _HEAD.unpack(head)
    body = _receive_exactly(stream, length)
    return None if body is None else Frame(Kind(kind), number, body)


async def read(reader: asyncio.StreamReader) -> Frame | None:
    """The same in an event loop."""
    try:
        length, number, kind = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        return Frame(Kind(kind), number, await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _receive_exactly(stream: socket.socket, length: int) -> bytes | None:
    parts: list[bytes] = []
    while length:
        try:
            part = stream.recv(min(length, 1 << 20))
        except OSError:
            return None
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
