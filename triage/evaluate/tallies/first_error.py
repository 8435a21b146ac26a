"""Flags against the human first error: at it, before it, and on traces known to be right."""

from collections.abc import Sequence

from triage.evaluate.results import Detection, ProcessBench, Rate
from triage.evaluate.said import Said
from triage.evaluate.tallies.rates import harmonic_mean, rate
from triage.evaluate.truth import Truth
from triage.records import Label, Validity


class DetectionTally:
    """Counts of one kind of flag; flags after a first error count neither way."""

    def __init__(self) -> None:
        self._hits = self._erroneous = 0
        self._alarms_before = self._steps_before = 0
        self._alarms_in_right = self._steps_in_right = 0

    def add(self, truth: Truth, flags: Sequence[bool]) -> None:
        """Count one trace with a known first error or known to have none."""
        first = truth.first_error
        valid = [known is Validity.VALID for known in truth.validity[:first]]
        alarms = sum(flag for flag, is_valid in zip(flags, valid, strict=False) if is_valid)
        if first is None:
            self._alarms_in_right += alarms
            self._steps_in_right += sum(valid)
        else:
            self._erroneous += 1
            self._hits += first < len(flags) and flags[first]
            self._alarms_before += alarms
            self._steps_before += sum(valid)

    def result(self) -> Detection:
        """Precision, recall and false alarms of what was counted so far."""
        flags = self._hits + self._alarms_before + self._alarms_in_right
        return Detection(
            precision=rate(self._hits, flags),
            recall=rate(self._hits, self._erroneous),
            alarms_before=rate(self._alarms_before, self._steps_before),
            alarms_in_right=rate(self._alarms_in_right, self._steps_in_right),
        )


class FirstErrorTally:
    """Counts of both kinds of flag, and of first errors named exactly."""

    def __init__(self) -> None:
        self.incorrect = DetectionTally()
        self.invalid = DetectionTally()
        self._named = self._erroneous = 0
        self._passed = self._error_free = 0

    def add(self, truth: Truth, steps: Sequence[Said]) -> None:
        """Count one trace; one without a known first error counts nowhere here."""
        if not truth.first_error_known:
            return
        self.incorrect.add(truth, [step.label is Label.INCORRECT for step in steps])
        self.invalid.add(truth, [step.validity is Validity.INVALID for step in steps])
        exact = answered(steps) and first_flag(steps) == truth.first_error
        if truth.erroneous:
            self._erroneous += 1
            self._named += exact
        else:
            self._error_free += 1
            self._passed += exact

    def exact(self) -> Rate:
        """Traces whose first error, or lack of one, was named exactly."""
        return rate(self._named + self._passed, self._erroneous + self._error_free)

    def processbench(self) -> ProcessBench:
        """The measure of ProcessBench (Zheng et al. 2024, arXiv 2412.06559)."""
        erroneous = rate(self._named, self._erroneous)
        error_free = rate(self._passed, self._error_free)
        return ProcessBench(
            erroneous=erroneous,
            error_free=error_free,
            f1=harmonic_mean(erroneous.share, error_free.share),
        )


def first_flag(steps: Sequence[Said]) -> int | None:
    """The first step that the source calls invalid; None if it passes all of them."""
    return next((i for i, step in enumerate(steps) if step.validity is Validity.INVALID), None)


def answered(steps: Sequence[Said]) -> bool:
    """Whether no failure comes before the first flag: an outage is not a clean trace."""
    return not any(step.failed and not step.evidence for step in steps[: first_flag(steps)])
