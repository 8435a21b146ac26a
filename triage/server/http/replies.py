"""Remembers the replies to the calls that came last: the same call again costs next to nothing."""

import hashlib
from collections import OrderedDict
from typing import Final

from triage.jobs.frames import Reply

_MOST_BYTES: Final = 64 * 1024**2
"""What all replies may hold together."""
_LONGEST: Final = 256 * 1024
"""Bytes of a reply above which it is put together anew each time."""


class Replies:
    """Replies by the bytes of the call; whether one is still good is for the store to say."""

    def __init__(self) -> None:
        self._replies: OrderedDict[bytes, Reply] = OrderedDict()
        self._held = 0

    def find(self, call: bytes) -> Reply | None:
        """What was said to the same bytes."""
        digest = _digest(call)
        found = self._replies.get(digest)
        if found is not None:
            self._replies.move_to_end(digest)
        return found

    def keep(self, call: bytes, reply: Reply) -> None:
        """Remember a reply if it was final, and forget those not asked for the longest."""
        if not reply.stamps or len(reply.body) > _LONGEST:
            return
        digest = _digest(call)
        before = self._replies.pop(digest, None)
        self._held += len(reply.body) - (len(before.body) if before else 0)
        self._replies[digest] = reply
        while self._held > _MOST_BYTES:
            _, dropped = self._replies.popitem(last=False)
            self._held -= len(dropped.body)


def _digest(call: bytes) -> bytes:
    return hashlib.sha256(call).digest()
