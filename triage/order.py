"""In which order steps come before experts: expected cost of error per second of their time."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, NamedTuple

from triage.records import LABELS, Label

Costs = Mapping[Label, Mapping[Label, float]]

COSTS: Final[Costs] = {
    Label.NECESSARY: {Label.REDUNDANT: 1.0, Label.INCORRECT: 5.0, Label.INCOMPLETE: 3.0},
    Label.REDUNDANT: {Label.NECESSARY: 1.0, Label.INCORRECT: 5.0, Label.INCOMPLETE: 3.0},
    Label.INCORRECT: {Label.NECESSARY: 3.0, Label.REDUNDANT: 3.0, Label.INCOMPLETE: 1.0},
    Label.INCOMPLETE: {Label.NECESSARY: 3.0, Label.REDUNDANT: 3.0, Label.INCORRECT: 1.0},
}
"""What it costs to export the first label where the second is true."""

SECONDS: Final = 120.0
"""What a step takes an expert where nothing is known of its domain."""
_URGENT: Final = 1.5
"""How much sooner a step comes up that has hard evidence against it, or is a trace's last."""
_AGEING: Final = 86_400.0
"""Seconds in which a waiting step gains its own value once more."""
_AGAIN: Final = 0.9
"""What every further step of the same problem is worth: experts tire of one problem."""
_LEAST: Final = 0.5


class Worth(NamedTuple):
    """What errors cost and what experts' time is, in one domain.

    Attributes:
        costs: By exported label and true label, in any one unit.
        seconds: What a step takes an expert, on average.
    """

    costs: Costs = COSTS
    seconds: float = SECONDS

    def value(self, shares: Mapping[Label, float], proposed: Label, *, urgent: bool) -> float:
        """Expected cost of leaving a step to the machine, per minute of an expert's time."""
        of = self.costs.get(proposed, {})
        cost = sum(shares[true] * of.get(true, 0.0) for true in LABELS if true is not proposed)
        return cost * (_URGENT if urgent else 1.0) * 60.0 / max(self.seconds, 1.0)


USUAL: Final = Worth()


class Waiting(NamedTuple):
    """A step in the queue.

    Attributes:
        value: As `Worth.value` gives it.
        problem: What ties steps of one problem together.
        waited: Seconds since it came into the queue.
        last: Whether it is the last open step of its trace.
    """

    value: float
    problem: Hashable
    waited: float = 0.0
    last: bool = False


def in_order(waiting: Sequence[Waiting]) -> list[int]:
    """The places of the waiting steps, first the one to ask first; ties keep their order.

    A step gains with the time it waits, so that none waits for ever, and each further step of one
    problem counts a little less, down to a half, so that experts see different problems.
    """
    values = [
        one.value * (_URGENT if one.last else 1.0) * (1 + max(one.waited, 0.0) / _AGEING)
        for one in waiting
    ]
    taken: dict[Hashable, int] = {}
    for place in sorted(range(len(waiting)), key=lambda at: -values[at]):
        problem = waiting[place].problem
        before = taken.get(problem, 0)
        taken[problem] = before + 1
        values[place] *= max(_AGAIN**before, _LEAST)
    return sorted(range(len(waiting)), key=lambda at: -values[at])
