"""Compares a final answer with the reference: own exact comparison first, Math-Verify last."""

import logging
import re
from typing import Final

from triage.records import AnswerVerdict
from triage_math.comparing.compare import same
from triage_math.notation import latex
from triage_math.notation.tokens import tokenize_all
from triage_math.notation.wording import join_edges, operators
from triage_math.parsing.grammar import parse
from triage_math.parsing.nodes import CannotEvaluate, Number, evaluate, variables

MAX_CHARS: Final = 400
"""Longer answers are prose; they are not compared."""
_LETTER: Final = re.compile(
    r"^\W*(?:option|choice|answer)?[\W_]*([A-J])\W*(?:$|[:.)]\s)", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"^(?:the\s+)?(?:final\s+)?answer(?:\s+is)?\s*:?\s*|^[A-Za-z]\w*\s*=\s*(?=[^=]*$)",
    re.IGNORECASE,
)
_UNSAFE: Final = re.compile(r"\^[^,;]*\^|!|\d{25}|\^\W*\d{3}|\\(?:int|sum|prod|lim|gamma|Gamma)")
"""Towers, factorials and the like, on which a computer algebra system may not come back."""
_PROSE: Final = re.compile(
    r"(?<![A-Za-z\\])(?<!\\begin\{)(?<!\\end\{)(?!(?:sin|cos|tan|log|sqrt|and)\b)[A-Za-z]{3,}"
)
"""Words are no mathematics: a computer algebra system would read each letter as an unknown."""
_DECLINES: Final = re.compile(
    r"\bnone of the\b|^\W*none\W*$|\bno (?:\w+ )?(?:correct|valid|suitable|given) (?:choice|option)"
    r"|\bnot among the\b|\b(?:cannot|can't|not possible to) be determined\b",
    re.IGNORECASE,
)
"""Says that no answer can be given: wrong wherever there is one."""
_NOISE: Final = re.compile(r"\\boxed|\\text|\\mathrm|\\left|\\right|\\[,;!]|[\s{}$]|\\")


def letter(answer: str) -> str | None:
    """The option's letter that an answer is; None where it is something else."""
    match = _LETTER.match(answer.strip())
    return match[1].upper() if match else None


def compare(found: str, expected: str) -> AnswerVerdict:
    """Returns how an answer stands against the reference.

    Raises nothing: what cannot be decided is `unknown`.
    """
    found, expected = found.strip(), expected.strip()
    if not found or not expected or max(len(found), len(expected)) > MAX_CHARS:
        return AnswerVerdict.UNKNOWN
    if found == expected or _bare(found) == _bare(expected):
        return AnswerVerdict.RIGHT
    ours, theirs = letter(found), letter(expected)
    if ours and theirs:
        return AnswerVerdict.RIGHT if ours == theirs else AnswerVerdict.WRONG
    if ours or theirs:
        return AnswerVerdict.UNKNOWN  # an option's letter against its text
    if _DECLINES.search(found) and not _DECLINES.search(expected):
        return AnswerVerdict.WRONG
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
    """Sets, intervals, matrices and symbolic answers; without its alarm-based time limits.

    Those work in main threads only; the house's deadline for plugins stands instead.
    """
    if any(form.search(text) for form in (_UNSAFE, _PROSE) for text in (found, expected)):
        return AnswerVerdict.UNKNOWN
    try:
        from math_verify import parse as read
        from math_verify import verify
    except ImportError:
        return AnswerVerdict.UNKNOWN
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of its own missing limits
    gold = read(_dressed(expected), parsing_timeout=None)
    ours = read(_dressed(found), parsing_timeout=None)
    if not gold or not ours:
        return AnswerVerdict.UNKNOWN
    right = verify(gold, ours, timeout_seconds=None)
    return AnswerVerdict.RIGHT if right else AnswerVerdict.WRONG


def _dressed(answer: str) -> str:
    return answer if "$" in answer or "\\boxed" in answer else f"${answer}$"
