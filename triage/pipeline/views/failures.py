"""Sums up who failed at a run's steps and why, and says what helps."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from triage.records import Failure, Findings, Record

_LONGEST: Final = 160
_TOLD: Final = 8
_STANDS: Final = "refusal"
"""A model's answer that it does not answer: bought, kept, and the same when it is asked again."""
_TO_MEND: Final = frozenset({
    "batch-refused", "broken", "evidence-failed", "key-refused", "model-unknown",
    "not-configured",
    "out-of-credit", "redaction-failed", "request-refused",
})  # fmt: skip
"""What is the same again until somebody mends the configuration, the account or the plugin."""
_TOLD_ELSEWHERE: Final = frozenset({"money-limit", "batch-pending"})
"""What a run tells with its budget and its batches."""
_ITS_OWN: Final = frozenset({"crash", "bad-reply", "timeout", "killed", "memory"})
"""Failures that are a plugin's own doing, unless it speaks for a judge, `NAME:judge`."""


class Failed(Record):
    """What one source failed at in one way.

    Attributes:
        why: The failure's word: `crash`, `timeout`, `bad-reply`, `key-refused`, ...
        steps: At how many steps it did.
        trace_id: The first of them, with `step` and `detail`.
        detail: What it said there, in one line.
    """

    source: str
    why: str
    steps: int
    trace_id: str
    step: int
    detail: str | None


class Failures:
    """Counts failures as traces pass."""

    def __init__(self) -> None:
        self._steps: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], tuple[str, Failure]] = {}

    def see(self, trace_id: str, findings: Findings) -> None:
        """Take in what sources last said of a trace."""
        for one in findings.failures:
            self._steps[one.source, one.why] += 1
            self._first.setdefault((one.source, one.why), (trace_id, one))

    def all(self) -> tuple[Failed, ...]:
        """Who failed how, those that failed at most steps first."""
        return tuple(
            Failed(
                source=kind[0],
                why=kind[1],
                steps=steps,
                trace_id=self._first[kind][0],
                step=self._first[kind][1].step,
                detail=_one_line(self._first[kind][1].detail),
            )
            for kind, steps in self._steps.most_common()
        )


def lines(failures: Sequence[Failed]) -> Iterator[str]:
    """What a person is told of failures, and what helps: asking again does not always."""
    told = [one for one in failures if one.why not in _TOLD_ELSEWHERE]
    for one in told[:_TOLD]:
        steps = f"{one.steps:,} {'step' if one.steps == 1 else 'steps'}"
        detail = f" ({one.detail})" if one.detail else ""
        first = f"first at {one.trace_id} step {one.step}"
        yield f"{one.source} failed at {steps}: {one.why}{detail}, {first}"
    if len(told) > _TOLD:
        yield f"and {len(told) - _TOLD:,} other ways of failing: --json has them all"
    own = {one.source for one in told if one.why in _ITS_OWN and ":" not in one.source}
    for name in sorted(own):
        yield f"`triage plugins check {name} --traces FILE` tries it on these traces"
    reasons = {one.why for one in told}
    if mend := reasons & _TO_MEND:
        yield f"{_listed(mend)}: mend what `triage doctor` or these lines name, then run again"
    if _STANDS in reasons:
        yield (
            f"{_STANDS}: the same judge would refuse again; another judge, model or prompt may "
            "answer, until then people decide"
        )
    if passing := reasons - _TO_MEND - {_STANDS}:
        yield f"{_listed(passing)}: run again to ask again"


def _listed(reasons: set[str]) -> str:
    return ", ".join(sorted(reasons))


def _one_line(detail: str | None) -> str | None:
    if not detail:
        return None
    shown = " ".join(detail.split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
