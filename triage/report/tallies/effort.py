"""Tallies what experts' verdicts took, and holds it against a verdict on every step."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from triage.certification.plans.planning import LABEL_SECONDS
from triage.records import Verdict
from triage.report.figures import Effort, Estimate
from triage.report.tallies.jackknife import GROUPS, estimate
from triage.store.labelling.queue import LEASE_SECONDS

FEWEST_TIMED: Final = 20
"""Timed verdicts below which the seconds a verdict takes are assumed, not measured."""
_HOUR: Final = 3600.0


class Assumptions(NamedTuple):
    """What the store can't know.

    Attributes:
        seconds: What a verdict takes; None to take what was measured, or 90 before that.
        hourly_rate: What an expert's hour costs in USD; None leaves experts' money out.
    """

    seconds: float | None = None
    hourly_rate: float | None = None


class EffortTally:
    """Sums of the verdicts' seconds, by group of traces."""

    def __init__(self) -> None:
        self._seconds = [0.0] * GROUPS
        self._timed = [0] * GROUPS
        self._verdicts = self._breaks = 0

    def add(self, trace: int, verdicts: Iterable[Verdict]) -> None:
        """Count the verdicts on the trace with this number."""
        for verdict in verdicts:
            self._verdicts += 1
            if verdict.seconds is None:
                continue
            if verdict.seconds > LEASE_SECONDS:
                self._breaks += 1
                continue
            self._seconds[trace % GROUPS] += verdict.seconds
            self._timed[trace % GROUPS] += 1

    def result(
        self,
        assumptions: Assumptions,
        *,
        steps: int,
        decided: int,
        waiting: int,
        sources_usd: Mapping[str, float],
    ) -> Effort:
        """The figures so far.

        Args:
            steps: All steps.
            decided: Those that people decided.
            waiting: Those that wait for an expert.
        """
        pace, assumed = self._pace(assumptions)
        timed, measured = sum(self._timed), sum(self._seconds)
        return Effort(
            seconds_per_verdict=pace,
            assumed=assumed,
            verdicts=self._verdicts,
            breaks=self._breaks,
            steps=steps,
            decided_steps=decided,
            open_steps=waiting,
            spent_hours=_hours(pace, self._verdicts - timed, measured),
            open_hours=_hours(pace, waiting),
            everything_hours=_hours(pace, steps),
            hourly_rate=assumptions.hourly_rate,
            sources_usd=sources_usd,
        )

    def _pace(self, assumptions: Assumptions) -> tuple[Estimate, bool]:
        timed = sum(self._timed)
        if assumptions.seconds is not None:
            return Estimate(value=assumptions.seconds, n=0), True
        if timed < FEWEST_TIMED:
            return Estimate(value=LABEL_SECONDS, n=0), True
        groups = [group for group in range(GROUPS) if self._timed[group]]
        return estimate(self._mean_without, groups, n=timed), False

    def _mean_without(self, group: int | None) -> float | None:
        seconds, timed = sum(self._seconds), sum(self._timed)
        if group is not None:
            seconds, timed = seconds - self._seconds[group], timed - self._timed[group]
        return seconds / timed if timed else None


def _hours(pace: Estimate, verdicts: int, measured: float = 0.0) -> Estimate:
    """What so many verdicts take, beside what was measured already."""

    def total(seconds: float | None) -> float | None:
        return None if seconds is None else (measured + verdicts * seconds) / _HOUR

    if not verdicts:
        return Estimate(value=total(pace.value), n=pace.n)
    return Estimate(value=total(pace.value), low=total(pace.low), high=total(pace.high), n=pace.n)
