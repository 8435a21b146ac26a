"""Learn-then-test for steps that arrive after the batch: a promise under exchangeability only.

The batch certificates of this package assume nothing about the steps. This one speaks of steps
not yet seen, so it must assume that they come from where the labelled ones came from, in random
order. Always follow it by a batch certificate once the batch closes.
"""

import hashlib
import itertools
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import UsageError
from triage.guarantee.certificate import ERRORS, CertificateError
from triage.guarantee.procedures.declared import Share, check_shares
from triage.guarantee.procedures.exact import binomial_tail, percent_above


class StreamCertificate(BaseModel):
    """Accept coming steps with a score up to `threshold`: their risk is at most alpha.

    Attributes:
        kind: Marks it as a statement on steps to come, weaker than a batch certificate.
        assumes: What it rests on.
        alpha: Largest risk of an accepted step.
        delta: Chance that the statement is wrong.
        thresholds: Scores tested, in order, fixed before any label was seen.
        tests: Labelled steps and wrong ones among them at or below each threshold tested.
        threshold: Largest score to accept; null: cannot certify, accept nothing.
        bindings: Hashes of the versions it holds for; another ranker, judge or prompt voids it.
        digest: SHA-256 over all other fields, against slips; it is no signature.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = 1
    kind: Literal["prospective"] = "prospective"
    assumes: Literal["exchangeability"] = "exchangeability"
    alpha: Share
    delta: Share
    thresholds: tuple[float, ...] = Field(min_length=1)
    tests: tuple[tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]], ...]
    threshold: float | None
    bindings: dict[str, str]
    digest: str

    @property
    def certified(self) -> bool:
        """Whether any coming step may be accepted."""
        return self.threshold is not None

    @property
    def claim(self) -> str:
        """The promise in one sentence, for people."""
        if self.threshold is None:
            return "Streaming: no threshold passed; every step to come goes to people."
        are, _ = ERRORS[self.bindings.get("promised") == "validity"]
        return (
            f"Streaming, under exchangeability only: of the steps to come with a score up to"
            f" {self.threshold:.4g}, judged by the bound versions, at most"
            f" {percent_above(self.alpha)} are {are} in the long run. Such a statement fails in at"
            f" most {percent_above(self.delta)} of draws; a batch certificate should follow it."
        )


def certify_stream(
    scores: Sequence[float] | NDArray[np.float64],
    wrong: Sequence[bool] | NDArray[np.bool_],
    *,
    thresholds: Sequence[float],
    alpha: float,
    delta: float,
    bindings: dict[str, str] | None = None,
) -> StreamCertificate:
    """Test the thresholds in order and stop at the first that fails (Angelopoulos et al. 2021).

    A threshold passes if P[Bin(m, alpha) <= errors] <= delta, m the labelled steps it accepts.

    Args:
        scores: Scores of the labelled steps, drawn at random from the stream.
        wrong: Whether the machine's label is wrong, from blind experts, in the same order.
        thresholds: From `start_thresholds`, fixed before any label was seen.
        alpha: Largest risk of an accepted step.
        delta: Chance that the statement is wrong.
        bindings: Hashes of the versions it holds for.

    Raises:
        UsageError: Labels and scores that do not match, or thresholds that do not rise.
    """
    check_shares(alpha=alpha, delta=delta)
    marks, values = np.asarray(wrong), np.asarray(scores, dtype=float)
    if marks.shape != values.shape or marks.ndim != 1 or not np.isfinite(values).all():
        raise UsageError("give one finite score for every label")
    if marks.size and marks.dtype != np.bool_:
        raise UsageError("labels must be True (wrong) or False: none may be missing")
    grid = [float(threshold) for threshold in thresholds]
    if not grid or any(high <= low for low, high in itertools.pairwise(grid)):
        raise UsageError("give thresholds in rising order, as start_thresholds does")
    tests = []
    for threshold in grid:
        inside = values <= threshold
        tests.append((int(inside.sum()), int(marks[inside].sum())))
        if not _passes(tests[-1], alpha, delta):
            break
    return _stream_certificate(alpha, delta, grid, tests, dict(sorted((bindings or {}).items())))


def verify_stream(certificate: str | bytes) -> StreamCertificate:
    """Recompute a streaming certificate from its JSON, and return it if all agree.

    Raises:
        CertificateError: The text is no such certificate, or a field differs.
    """
    try:
        read = StreamCertificate.model_validate_json(certificate, strict=True)
    except ValidationError as why:
        raise CertificateError(
            f"not a readable streaming certificate: {why.errors()[0]['msg']}"
        ) from why
    fresh = _stream_certificate(
        read.alpha, read.delta, list(read.thresholds), list(read.tests), read.bindings
    )
    early = [test for test in read.tests[:-1] if not _passes(test, read.alpha, read.delta)]
    if fresh != read or early or not 0 < len(read.tests) <= len(read.thresholds):
        raise CertificateError("the streaming certificate was edited: rely on nothing in it")
    return read


def _passes(test: tuple[int, int], alpha: float, delta: float) -> bool:
    labelled, errors = test
    return binomial_tail(labelled, alpha, errors) <= delta if labelled else False


def _stream_certificate(
    alpha: float,
    delta: float,
    thresholds: list[float],
    tests: list[tuple[int, int]],
    bindings: dict[str, str],
) -> StreamCertificate:
    passed = sum(_passes(test, alpha, delta) for test in tests)
    unsigned = StreamCertificate(
        alpha=alpha,
        delta=delta,
        thresholds=tuple(thresholds),
        tests=tuple(tests),
        threshold=thresholds[passed - 1] if passed else None,
        bindings=bindings,
        digest="",
    )
    text = unsigned.model_dump_json(exclude={"digest"})
    return unsigned.model_copy(update={"digest": hashlib.sha256(text.encode()).hexdigest()})
