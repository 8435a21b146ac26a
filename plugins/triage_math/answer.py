"""Compares a final answer with the reference: own exact comparison first, Math-Verify last."""

import re
from typing import Final

from triage.records import AnswerVerdict
from triage_math import latex
from triage_math.compare import same
from triage_math.grammar import parse
from triage_math.nodes import CannotEvaluate, Number, evaluate, variables
from triage_math.tokens import tokenize_all
from triage_math.wording import join_edges, operators

MAX_CHARS: Final = 400
"""Longer answers are prose; they are not compared."""
_LETTER: Final = re.compile(
    r"^\W*(?:option|choice|answer)?\W*([A-J])\W*(?:$|[:.)]\s)", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"^(?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*:?\s*|^[A-Za-z]\w*\s*=\s*(?=[^=]*$)",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(r"\\boxed|\\text|\\mathrm|\\left|\\right|\\[,;!]|[\s{}$]|\\")


def compare(found: str, expected: str) -> AnswerVerdict:
    """Returns how an answer stands against the reference.

    Raises nothing: what cannot be decided is `unknown`.
    """
    found, expected = found.strip(), expected.strip()
    if not found or not expected or max(len(found), len(expected)) > MAX_CHARS:
        return AnswerVerdict.UNKNOWN
    if found == expected or _bare(found) == _bare(expected):
        return AnswerVerdict.RIGHT
    ours, theirs = _LETTER.match(found), _LETTER.match(expected)
    if theirs and len(expected) <= 3:
        if not ours:
            return AnswerVerdict.UNKNOWN
        same_letter = ours[1].upper() == theirs[1].upper()
        return AnswerVerdict.RIGHT if same_letter else AnswerVerdict.WRONG
    a, b = value(found), value(expected)
    if a is not None and b is not None:
        return AnswerVerdict.RIGHT if same(a, b) else AnswerVerdict.WRONG
    return _by_math_verify(found, expected)


def _bare(text: str) -> str:
    return _NOISE.sub("", _LEAD.sub("", text)).rstrip(".").lower()


def value(answer: str) -> Number | None:
    """The number an answer states, without its unit; None where it is no single number."""
    tokens = join_edges(operators(tokenize_all(latex.plain(_LEAD.sub("", answer)))))
    tokens = [t for t in tokens if t.kind not in "m\n."]
    if not tokens:
        return None
    parsed = parse(tokens, 0, len(tokens))
    if parsed is None or variables(parsed.node):
        return None
    if any(t.kind not in "wc" for t in tokens[parsed.end :]):
        return None
    try:
        return evaluate(parsed.node, {})
    except CannotEvaluate:
        return None


def _by_math_verify(found: str, expected: str) -> AnswerVerdict:
    """Sets, intervals, matrices and symbolic answers; without its alarm-based time limits."""
    try:
        from math_verify import parse as read
        from math_verify import verify
    except ImportError:
        return AnswerVerdict.UNKNOWN
    gold = read(_dressed(expected), parsing_timeout=None)
    ours = read(_dressed(found), parsing_timeout=None)
    if not gold or not ours:
        return AnswerVerdict.UNKNOWN
    right = verify(gold, ours, timeout_seconds=None)
    return AnswerVerdict.RIGHT if right else AnswerVerdict.WRONG


def _dressed(answer: str) -> str:
    return answer if "$" in answer or "\\boxed" in answer else f"${answer}$"
