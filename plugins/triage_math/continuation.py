"""A step that begins with a relation goes on with the expression its predecessor ended with."""

from typing import Final

from triage_math.claims import statement
from triage_math.claims.findings import Finding
from triage_math.claims.sentence import Sentence, read
from triage_math.claims.state import State, Tail
from triage_math.equations import algebra
from triage_math.notation import latex
from triage_math.numbers import arithmetic

_CLOSING: Final = f" .,;:\n$*{latex.DISPLAY_END}{latex.MATH_OFF}{latex.ROW}"
MAX_CHARS: Final = 400
"""Longer expressions are not carried into the next step."""


def check(plain: str, sentence: Sentence, state: State) -> list[Finding]:
    """Checks the first relation of a step that has no left side of its own."""
    tail, state.tail = state.tail, None
    first = sentence.relations[0] if sentence.relations else None
    found: list[Finding] = []
    if tail is not None and first is not None and tail.step == state.step - 1:
        sign = sentence.tokens[first.at]
        alone = first.at == 0 or sentence.tokens[first.at - 1].kind in "\nm"
        if first.left is None and alone and not any(c.isdigit() for c in plain[: sign.start]):
            found = _joined(tail, plain, sign.start, state)
    state.tail = _tail(plain, sentence, state)
    return found


def _joined(tail: Tail, plain: str, at: int, state: State) -> list[Finding]:
    opening = f"{latex.DISPLAY if tail.math else ''}{tail.text} "
    offset = at - len(opening)
    sentence = read(opening + plain[at : at + MAX_CHARS], offset, imaginary=state.problem.imaginary)
    if sentence is None or not sentence.relations:
        return []
    relation = sentence.relations[0]._replace(chained=True)
    said = statement.of(relation, sentence.around(relation), state)
    finding = (arithmetic.check(said) or algebra.check(said)) if said else None
    if finding is None:
        return []
    span = max(at, finding.span[0]), max(at + 1, finding.span[1])
    return [finding._replace(span=span, rests_on=(tail.step,))]


def _tail(plain: str, sentence: Sentence, state: State) -> Tail | None:
    """The expression a step ends with."""
    last = sentence.relations[-1] if sentence.relations else None
    if last is None or last.right is None or last.right.cut:
        return None
    begin, end = sentence.tokens[last.right.start], sentence.tokens[last.right.end - 1]
    if plain[end.end :].strip(_CLOSING) or end.end - begin.start > MAX_CHARS:
        return None
    return Tail(plain[begin.start : end.end], state.step, begin.math)
