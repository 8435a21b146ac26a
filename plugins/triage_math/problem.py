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


_BASES: Final = re.compile(
    r"\bbase[ -]\$?(\d+|two|three|four|five|six|seven|eight|nine)"
    r"|_\{?(\d+|two|three|four|five|six)",
    re.IGNORECASE,
)
_NUMBERS: Final = {
    name: 2 + i
    for i, name in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine"))
}


def _base(problem: str) -> int:
    """The largest number base below ten that a problem names; 0 if it names none or others."""
    named = [(a or b).lower() for a, b in _BASES.findall(problem)]
    bases = {_NUMBERS.get(n) or int(n) for n in named} - {10}
    return max(bases) if bases and max(bases) < 10 else 0


def read_problem(problem: str, state: State) -> None:
    """Learns the problem's equations and functions, and how its story is to be read."""
    problem = problem[:MAX_CHARS]
    state.counts = _STORY.search(problem) is not None and _SIGNED.search(problem) is None
    state.unsure = _REDEFINES.search(problem) is not None
    state.base = _base(problem) if state.unsure else 0
    check_step(problem, -1, state)
