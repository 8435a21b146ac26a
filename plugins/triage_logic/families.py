"""Which simulator follows a trace, told from the problem's text alone."""

from triage_logic.deduction import entailment, syllogisms
from triage_logic.findings import Simulator, readable
from triage_logic.orderings import ordering
from triage_logic.simulators import arithmetic, calendars, sets, sorting, stacks, swaps

_RECOGNISERS = (
    stacks.recognise,
    arithmetic.recognise,
    swaps.recognise,
    ordering.recognise,
    sorting.recognise,
    entailment.recognise,
    syllogisms.recognise,
    sets.recognise,
    calendars.recognise,
)


def simulator(problem: str) -> Simulator | None:
    """The simulator of the first family that knows the problem, or None."""
    if not readable(problem, problem=True):
        return None
    for recognise in _RECOGNISERS:
        found: Simulator | None = recognise(problem)
        if found is not None:
            return found
    return None
