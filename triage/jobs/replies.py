"""Remembers what was last said of a row, so that the same row again costs next to nothing."""

import hashlib
from collections import OrderedDict
from typing import Final, NamedTuple

from triage.store.stamps import Stamp

_MOST: Final = 2_048
_LONGEST: Final = 64 * 1024
"""Bytes of a reply above which it is put together anew each time."""


class Reply(NamedTuple):
    """What a row came to, as it goes into the reply; good while its trace has this stamp.

    Attributes:
        key: The trace's key in the store.
        decisions: Rows of decisions, with commas between them.
    """

    key: int
    stamp: Stamp
    trace_id: str
    decisions: str


class Replies:
    """The replies to the rows that came last."""

    def __init__(self) -> None:
        self._replies: OrderedDict[bytes, Reply] = OrderedDict()

    def find(self, row: str) -> Reply | None:
        """What was said of the same text; whether it is still good is for the store to say."""
        digest = _digest(row)
        found = self._replies.get(digest)
        if found is not None:
            self._replies.move_to_end(digest)
        return found

    def keep(self, row: str, reply: Reply) -> None:
        """Remember a reply, and forget the one that was not asked for the longest."""
        if len(reply.decisions) > _LONGEST:
            return
        self._replies[_digest(row)] = reply
        if len(self._replies) > _MOST:
            self._replies.popitem(last=False)


def _digest(row: str) -> bytes:
    return hashlib.sha256(row.encode()).digest()
