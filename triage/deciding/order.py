"""In which order steps come before experts: expected cost of error per second of their time."""

import math
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
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
"""How much sooner a step comes up that has hard evidence against it, or ends its trace."""
AGEING: Final = 3 * 86_400.0
"""Seconds in which a step comes to count twice as much."""
_AGAIN: Final = 0.9
"""What every further step of the same problem is worth: experts tire of one problem."""
_LEAST: Final = 0.5
_NOTHING: Final = 1e-9
"""What a step of no value counts as, so that it comes up in the end."""
WINDOW: Final = 32
"""How many of the first steps an expert's next one is chosen from."""
MEMORY: Final = 8
"""How many of the steps that an expert saw last count as seen."""


class Worth(NamedTuple):
    """What errors cost and what experts' time is, in one domain.

    Attributes:
        costs: By exported label and true label, in any one unit.
        seconds: What a step takes an expert, on average.
    """

    costs: Costs = COSTS
    seconds: float = SECONDS

    def value(
        self,
        shares: Mapping[Label, float],
        proposed: Label,
        *,
        urgent: bool,
        last: bool = False,
    ) -> float:
        """Expected cost of leaving a step to the machine, per minute of an expert's time.

        Args:
            urgent: Whether there is hard evidence against it.
            last: Whether it is the last step of its trace that an expert is asked about.
        """
        of = self.costs.get(proposed, {})
        cost = sum(shares[true] * of.get(true, 0.0) for true in LABELS if true is not proposed)
        raised = (_URGENT if urgent else 1.0) * (_URGENT if last else 1.0)
        return cost * raised * 60.0 / max(self.seconds, 1.0)


USUAL: Final = Worth()


def turn(value: float, since: float) -> float:
    """A step's place in the queue, the lowest first: its age at a value of one, in units of AGEING.

    The value counts twice as much after every AGEING seconds, so that no step waits for ever. Two
    steps never change places by waiting: a place can be kept, and looked up by an index.

    Args:
        value: As `Worth.value` gives it.
        since: When the step's trace came in, Unix seconds.
    """
    return since / AGEING - math.log2(value if value > 0 else _NOTHING)


def value_of(place: float, since: float) -> float:
    """The value with which a step that came in at a time has a place in the queue."""
    return math.exp2(since / AGEING - place)


class Waiting(NamedTuple):
    """A step in the queue.

    Attributes:
        turn: As `turn` gives it.
        problem: What ties steps of one problem together.
    """

    turn: float
    problem: Hashable


def choose(waiting: Sequence[Waiting], seen: Iterable[Hashable]) -> int:
    """Which of the first waiting steps an expert is to see next; the first one among equals.

    Each step of a problem that the expert saw lately takes a tenth off the value of the others,
    down to a half, so that experts see different problems.

    Args:
        waiting: At least one; the first WINDOW count.
        seen: The problems of the MEMORY steps that the expert saw last.
    """
    later = {
        problem: -math.log2(max(math.pow(_AGAIN, times), _LEAST))
        for problem, times in Counter(seen).items()
    }
    turns = [one.turn + later.get(one.problem, 0.0) for one in waiting[:WINDOW]]
    return turns.index(min(turns))


def in_order(waiting: Sequence[Waiting]) -> list[int]:
    """The order in which one expert sees all of the waiting steps, as places in what was given."""
    left = iter(sorted(range(len(waiting)), key=lambda at: waiting[at].turn))
    # only the window is ever taken from: a pop near the front of the whole would move all the rest
    window = list(islice(left, WINDOW))
    seen: deque[Hashable] = deque(maxlen=MEMORY)
    order = []
    while window:
        order.append(window.pop(choose([waiting[at] for at in window], seen)))
        seen.append(waiting[order[-1]].problem)
        window += islice(left, 1)
    return order
