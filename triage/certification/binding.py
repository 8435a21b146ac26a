"""Binds a certificate to its batch: hashes that anyone can recompute from an export.

A step's hash is SHA-256 of the JSON array `["triage-step/1", trace_id, step, text, word, score]`,
in UTF-8 without blanks, where the word is the label or, if only validity is promised, the validity.
The salt is SHA-256 of all those hashes in ascending order, one a line; it breaks ties of the score
(`triage.guarantee.rank_order`). The root is SHA-256 of the hashes in rank order, one a line.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import orjson

from triage.guarantee import Certificate, StreamCertificate, rank_order
from triage.records import Label, Promised, Validity

BY_HAND: Final = "given by hand"
BY_CHANCE: Final = "the system's randomness"
"""Where the seed of a draw came from: whoever gives one must not have known any label."""


class Item(NamedTuple):
    """A step as it was frozen."""

    trace_id: str
    step: int
    text: str
    word: str
    score: float

    @property
    def digest(self) -> str:
        """What binds the step, its text, its label and its score together."""
        content = orjson.dumps(["triage-step/1", *self])
        return hashlib.sha256(content).hexdigest()


class Ranking(NamedTuple):
    """A frozen order: positions of the items from the safest on, and what binds them."""

    order: list[int]
    salt: str
    root: str


def rank(items: Sequence[Item]) -> Ranking:
    """Rank steps from the safest on, and bind the ranking."""
    digests = [one.digest for one in items]
    salt = _lines(sorted(digests))
    order = rank_order([one.score for one in items], digests, salt=salt)
    return Ranking(order, salt, _lines(digests[place] for place in order))


def word(promised: Promised, label: Label | str | None, validity: Validity | str | None) -> str:
    """What is promised of a step: its label, or only whether it is valid."""
    said = label if promised is Promised.LABEL else validity
    return "" if said is None else str(said)


def certificate_id(certificate: Certificate | StreamCertificate) -> str:
    """A name that changes with anything in the certificate, and says if it is a streaming one."""
    kind = "cert" if isinstance(certificate, Certificate) else "stream"
    return f"{kind}-{certificate.digest[:16]}"


def is_stream(text: str | bytes) -> bool:
    """Whether a text is marked as a streaming certificate."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(content, dict) and "kind" in content


def stored_certificate(text: str) -> Certificate | StreamCertificate:
    """A certificate that was signed here, read without recomputing it."""
    kind = StreamCertificate if is_stream(text) else Certificate
    return kind.model_validate_json(text)


def share_promised(text: str) -> float:
    """The largest share of wrong labels that a stored certificate promises among its steps."""
    certificate = stored_certificate(text)
    if isinstance(certificate, StreamCertificate):
        return certificate.alpha
    return certificate.share_wrong_at_most


def _lines(digests: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
