"""What a problem says that its steps may rely on."""

import re
from typing import Final

from triage_math.check import check_step
from triage_math.sentence import MAX_CHARS
from triage_math.state import State

_REDEFINES: Final = re.compile(
    r"\bbase[ -](?:\$?\d|two|three|four|five|six|seven|eight|nine|b\b)|\d_\{?\d"
    r"|_\{(?:two|three|five|six|seven|eight|nine)\}|\bhexadecimal|\bbinary (?:op|num)|⊕|⊗|◦|★|☆"
    r"|\\(?:star|diamond|oplus|otimes|clubsuit|spadesuit|heartsuit|circ\s+[a-z\d])"
    r"|\boperation \S{1,12} (?:is|be) defined|\bclock arithmetic",
    re.IGNORECASE,
)
"""Number bases and custom operators, under which plain arithmetic proves nothing."""
_SIGNED: Final = re.compile(
    r"\\|-\d|\^|\$[A-Za-z(]|\b(?:negativ\w*|degrees?|temperatures?|below|debts?|owed?s?|loss\w*|"
    r"lost|los\w+|profit|sea level|altitude|coordinat\w+|integers?|functions?|equations?|vectors?|"
    r"graph|axis|charge|velocity|stock|balance|overdraw\w*|deficit|scores?|real number|matrix|"
    r"sequence|satisf\w*|roots?|primes?|digits?|divi\w+ors?|such that|positive)\b",
    re.IGNORECASE,
)
"""Problems in which an amount may be negative."""
_STORY: Final = re.compile(r"\b(?:he|she|they|his|her|their|has|had|buys?)\b", re.IGNORECASE)


def read_problem(problem: str, state: State) -> None:
    """Learns the problem's equations and functions, and how its story is to be read."""
    problem = problem[:MAX_CHARS]
    state.counts = _STORY.search(problem) is not None and _SIGNED.search(problem) is None
    state.unsure = _REDEFINES.search(problem) is not None
    check_step(problem, -1, state)
