"""Random draws and tie-breaks that anyone can recompute in any language, from SHA-256 alone.

The stream of a draw is the digests of `triage-draw/1|<name>|<seed>|<counter>` (UTF-8, decimal
numbers, counter 0, 1, 2, ...), each cut into four big-endian 64-bit words. A number below `m` is
a word modulo `m`, where words at or above the largest multiple of `m` are passed over.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.errors import UsageError

_WORD = 1 << 64


def sample_ranks(population: int, size: int, *, name: str, seed: int) -> list[int]:
    """A simple random sample without replacement of `range(population)`, in random order.

    It is the first `size` places of a Fisher-Yates shuffle (Knuth, TAOCP 2, algorithm P, run from
    the front) over the stream named by `name` and `seed`, so it depends on no library's version.
    """
    words = _words(name, seed)
    moved: dict[int, int] = {}
    sample = []
    for place in range(size):
        other = place + _below(population - place, words)
        sample.append(moved.get(other, other))
        moved[other] = moved.get(place, place)
    return sample


def rank_order(
    scores: Sequence[float] | NDArray[np.float64], keys: Sequence[str], *, salt: str
) -> list[int]:
    """Positions of the steps from safest to riskiest, ties broken by a frozen hash.

    Equal scores are ordered by SHA-256 of `triage-tie/1|<salt>|<key>`, so that neither the order
    of the file nor the machine's opinion decides which of them the certificate covers.

    Args:
        scores: Predicted risk that the machine's label is wrong, one a step; low is safe.
        keys: One unique name a step (trace id and step, say).
        salt: Anything fixed before labels exist, e.g. the hash of the frozen scores.

    Raises:
        UsageError: Scores that are no finite numbers, or keys that do not name the steps apart.
    """
    values = np.asarray(scores, dtype=float)
    if values.ndim != 1 or len(values) != len(keys):
        raise UsageError(f"{len(keys)} keys for {values.size} scores: give one key for each score")
    if not np.isfinite(values).all():
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        raise UsageError(
            f"the score of step {keys[bad]!r} is {values[bad]}: give every step a finite risk,"
            " and leave steps without one to people instead of ranking them"
        )
    if len(set(keys)) != len(keys):
        raise UsageError("two steps share a key: name every step apart (trace id and step number)")
    ties = [hashlib.sha256(f"triage-tie/1|{salt}|{key}".encode()).digest() for key in keys]
    return sorted(range(len(keys)), key=lambda step: (values[step], ties[step]))


def _words(name: str, seed: int) -> Iterator[int]:
    counter = 0
    while True:
        digest = hashlib.sha256(f"triage-draw/1|{name}|{seed}|{counter}".encode()).digest()
        for start in range(0, 32, 8):
            yield int.from_bytes(digest[start : start + 8], "big")
        counter += 1


def _below(bound: int, words: Iterator[int]) -> int:
    limit = _WORD - _WORD % bound
    return next(word for word in words if word < limit) % bound
