"""The verdict log's chain: how rows are hashed, and how a log is checked, on any machine.

Each row's SHA-256 covers its own fields and the hash of the row before. An expert's words and the
text that was judged enter as HMAC-SHA256 under a random key of the row's own, its salt. Once salt
and words are erased, the digests tell nothing about either, and the chain still holds.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from triage.errors import StoreError

GENESIS: Final = "0" * 64
"""What the first row names as the hash before it."""

CHAINED: Final = (
    "answer_id", "trace_id", "step", "label", "inherits_error", "expert", "by", "mode", "seconds",
    "at", "withdraws", "said_digest", "step_digest", "previous",
)  # fmt: skip
"""The fields a row's hash covers."""


class Chain(NamedTuple):
    """A log that was found intact: its rows, and the hash of the last.

    Rows cut off at the end leave an intact chain: keep the head somewhere else to notice.
    """

    rows: int
    head: str


def said_digest(salt: str, note: str | None, correction: str | None) -> str:
    """Bind what the expert wrote."""
    return _keyed(salt, b"said", orjson.dumps([note, correction]))


def step_digest(salt: str, text: str) -> str:
    """Bind the text of the step that was judged."""
    return _keyed(salt, b"step", text.encode())


def row_hash(row: Mapping[str, Any]) -> str:
    """Hash a row with all fields of `CHAINED`, as 64 hexadecimal digits."""
    content = orjson.dumps({name: row[name] for name in CHAINED}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def check_log(
    rows: Iterable[Mapping[str, Any]],
    step_text: Callable[[Mapping[str, Any]], str | None] = lambda _row: None,
) -> Chain:
    """Recompute a log's hashes and, where salts are there, its digests.

    Args:
        rows: The log from its beginning, each row with the fields of `CHAINED`, `hash`, and
            `salt`, `note` and `correction`, which are null where they were erased or withheld.
        step_text: Gives the text of the step that a row judges, or None where it is not at hand
            or the salts were withheld.

    Raises:
        StoreError: A row was changed, removed or put in after the fact, or does not belong to the
            text it is shown with.
    """
    previous, count = GENESIS, 0
    for count, row in enumerate(rows, start=1):
        if (
            row["previous"] != previous
            or row["hash"] != row_hash(row)
            or not _bound(row, step_text)
        ):
            raise StoreError(f"the verdict log was altered at row {count}: restore a backup")
        previous = row["hash"]
    return Chain(count, previous)


def _bound(row: Mapping[str, Any], step_text: Callable[[Mapping[str, Any]], str | None]) -> bool:
    salt, text = row["salt"], step_text(row)
    if salt is None:
        # salts go together with the text: one that is missing beside its text was taken away
        return row["note"] is None and row["correction"] is None and text is None
    if row["said_digest"] != said_digest(salt, row["note"], row["correction"]):
        return False
    return text is None or row["step_digest"] == step_digest(salt, text)


def _keyed(salt: str, purpose: bytes, content: bytes) -> str:
    return hmac.new(bytes.fromhex(salt), purpose + b"\0" + content, hashlib.sha256).hexdigest()
