"""Which simulators follow a trace, told from the problem's text alone."""

from triage_logic import arithmetic, ordering, stacks, swaps
from triage_logic.findings import Simulator, readable

_RECOGNISERS = (
    stacks.recognise,
    arithmetic.recognise,
    swaps.recognise,
    ordering.recognise,
)


def simulator(problem: str) -> Simulator | None:
    """The simulator of the first family that knows the problem, or None."""
    if not readable(problem):
        return None
    for recognise in _RECOGNISERS:
        if (found := recognise(problem)) is not None:
            return found
    return None
