"""Number theory in words: remainders, divisibility, primes, squares, congruences."""

import math
import re
from fractions import Fraction
from itertools import islice
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.notation.latex import without_edges
from triage_math.numbers import divisors

_N: Final = r"(?P<{}>\d{{1,12}})"
SMALL: Final = 1000
"""Divisors up to here are shown to people."""
MAX_CLAIMS: Final = 40
"""Claims of one form that are read in a step."""
_NOT: Final = r"(?P<no> not)?"
_HINTS: Final = {
    "remainder": ("rem", "R", "mod"),
    "congruence": ("≡",),
    "divisibility": ("divisible", "multiple of", "factor of", "divisor of"),
    "prime": ("prime",),
    "perfect-square": ("perfect square",),
    "rounding": ("rounded to",),
}
HINTS: Final = tuple(
    dict.fromkeys(
        hint
        for hints in (*_HINTS.values(), *(hints for _, hints, _, _ in divisors.FORMS))
        for hint in hints
    )
)
_QUALIFIED: Final = re.compile(
    r"\b(?:if|whether|suppose|assume|any|every|each|not necessarily|could|would|should|must|might|"
    r"check|when|which|that|only|exactly|least|most|let|all|numbers?|product|sum|how many|for)\b"
    r"[^.\n]*$",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    r"\b(?:(?:check|see|test|ask) if|whether|suppose|assume|any|every|should|must|could|would|"
    r"might|require\w*)\b"
    r"[^.\n]*$",
    re.IGNORECASE,
)
"""What leaves a claim open in the forms that say themselves of which numbers they speak."""


def _remainder(m: re.Match[str]) -> tuple[bool, str]:
    a, b, q, r = (int(m[k]) for k in "abqr")
    if b == 0:
        return True, ""
    expected = f"quotient {a // b}, remainder {a % b}"
    return a == b * q + r and 0 <= r < b, expected


def _modulo(m: re.Match[str]) -> tuple[bool, str]:
    a, b, r = (int(m[k]) for k in "abr")
    return (True, "") if b == 0 else (a % b == r, f"remainder {a % b}")


def _congruent(m: re.Match[str]) -> tuple[bool, str]:
    a, r, b = (int(m[k]) for k in "arb")
    return (True, "") if b == 0 else ((a - r) % b == 0, f"{a} leaves {a % b}")


def _divisible(m: re.Match[str]) -> tuple[bool, str]:
    a, b = int(m["a"]), int(m["b"])
    holds = b != 0 and a % b == 0
    return holds != bool(m["no"]), f"{a} = {b} * {a // b if b else 0} + {a % b if b else a}"


def _factor(m: re.Match[str]) -> tuple[bool, str]:
    a, b = int(m["a"]), int(m["b"])
    holds = a != 0 and b % a == 0
    return holds != bool(m["no"]), f"{b} = {a} * {b // a if a else 0} + {b % a if a else b}"


def _prime(m: re.Match[str]) -> tuple[bool, str]:
    n = int(m["a"])
    divisor = next((d for d in range(2, min(SMALL, math.isqrt(n)) + 1) if n % d == 0), None)
    if divisor is not None:
        return bool(m["no"]), f"{n} = {divisor} * {n // divisor}"
    prime = is_prime(n)
    return prime != bool(m["no"]), "prime" if prime else "not prime"


def is_prime(n: int) -> bool:
    """Primality below 3 * 10^12 (Miller-Rabin with the bases that decide that range)."""
    if n < 2:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13):
        if n % base == 0:
            return n == base
        x = pow(base, odd, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(twos - 1)):
            return False
    return True


_PLACES: Final = {
    "whole number": Fraction(1), "integer": Fraction(1), "ten": Fraction(10),
    "hundred": Fraction(100), "thousand": Fraction(1000), "tenth": Fraction(1, 10),
    "hundredth": Fraction(1, 100), "thousandth": Fraction(1, 1000), "cent": Fraction(1, 100),
    "dollar": Fraction(1),
}  # fmt: skip


def _rounding(m: re.Match[str]) -> tuple[bool, str]:
    value, stated, place = Fraction(m["a"]), Fraction(m["b"]), _PLACES[m["place"]]
    nearest = math.floor(value / place + Fraction(1, 2)) * place
    tie = (value / place) % 1 == Fraction(1, 2)
    return stated == nearest or (tie and stated == nearest - place), f"{float(nearest):g}"


def _square(m: re.Match[str]) -> tuple[bool, str]:
    n = int(m["a"])
    root = math.isqrt(n)
    return (root * root == n) != bool(m["no"]), f"{root}^2 = {root * root}"


_END: Final = r"(?![\w^*/+(!]|[ ]*[\^*/+!]|[ ]+\((?![a-zA-Z]{2})|\.\d|,\d)"
_START: Final = r"(?<![\w.,^*/+)\-!}])(?<![\^*/+)\-] )"


def _form(pattern: str) -> re.Pattern[str]:
    """Compiles a form in which a blank stands for one or more."""
    return re.compile(_START + re.sub(r" (?![*+])", " +", pattern))


_DIVIDES: Final = ("÷", "/", "divided", "mod", "%")
"""What every form of a remainder holds besides."""
Check = divisors.Check
_FORMS: Final[list[tuple[str, re.Pattern[str], Check]]] = [
    (
        "remainder",
        _form(
            _N.format("a") + r" *(?:÷|/|divided by) *" + _N.format("b")
            + r" *(?:=|is|gives|equals) *" + _N.format("q")
            + r",? *(?:with )?(?:a |an |and )?(?:the )?(?:remainder|rem\.?|R|r) *(?:of|is|=|:)? *"
            + _N.format("r") + _END
        ),
        _remainder,
    ),
    (
        "remainder",
        _form(
            _N.format("a") + r" *(?:mod|\\bmod|%) *" + _N.format("b") + r" *= *"
            + _N.format("r") + _END
        ),
        _modulo,
    ),
    (
        "remainder",
        _form(
            r"remainder (?:when|of) " + _N.format("a") + r" (?:is )?divided by " + _N.format("b")
            + r" is " + _N.format("r") + _END
        ),
        _modulo,
    ),
    (
        "congruence",
        _form(
            _N.format("a") + r" *≡ *(?P<r>-?\d{1,12}) *"
            r"(?:\( *(?:mod|\\bmod) *|\\pmod *\{? *)" + _N.format("b") + r" *[)}]"
        ),
        _congruent,
    ),
    (
        "divisibility",
        _form(
            _N.format("a") + r" is" + _NOT
            + r" (?:evenly )?(?:divisible by|a multiple of) " + _N.format("b") + _END
        ),
        _divisible,
    ),
    (
        "divisibility",
        _form(
            _N.format("a") + r" is" + _NOT + r" a (?:factor|divisor) of "
            + _N.format("b") + _END
        ),
        _factor,
    ),
    (
        "prime",
        _form(_N.format("a") + r" is" + _NOT + r" (?:a )?prime(?! power| to| fac)"),
        _prime,
    ),
    (
        "rounding",
        _form(
            r"(?P<a>\d{1,9}(?:\.\d{1,9})?) (?:is )?rounded to the nearest (?P<place>"
            + "|".join(_PLACES)
            + r")(?: place)? (?:is|gives|becomes|equals) (?P<b>\d{1,9}(?:\.\d{1,9})?)"
            + _END
        ),
        _rounding,
    ),
    (
        "perfect-square",
        _form(_N.format("a") + r" is" + _NOT + r" a perfect square"),
        _square,
    ),
]  # fmt: skip


_ALL: Final = (
    *((kind, _HINTS[kind], form, holds, _QUALIFIED) for kind, form, holds in _FORMS),
    *((*form, _OPEN) for form in divisors.FORMS),
)


def _decimal(claim: str, base: int) -> bool:
    """Whether a number has a digit too large for the number bases in play."""
    numerals = re.findall(r"\d+", claim)
    return base > 0 and any(int(c) >= base for n in numerals for c in n)


def _stated(match: re.Match[str], text: str) -> str:
    return match["b"] if "place" in match.groupdict() else text[slice(*match.span())].strip()


def check(text: str, plain: str, state: State) -> list[Finding]:
    """Checks what a step says of whole numbers in words."""
    said = without_edges(plain)
    found: list[Finding] = []
    for kind, hints, form, holds, qualified in _ALL:
        if not [hint for hint in hints if hint in said]:
            continue
        if kind == "remainder" and not [sign for sign in _DIVIDES if sign in said]:
            continue
        for match in islice(form.finditer(said), MAX_CLAIMS):
            before = said[max(0, match.start() - 120) : match.start()]
            if qualified.search(before) or denies(before.rpartition(".")[2]):
                continue
            if state.problem.unsure and not _decimal(match[0], state.problem.base):
                continue
            true, expected = holds(match)
            verdict = ClaimVerdict.SUPPORTED if true else ClaimVerdict.REFUTED
            found.append(
                Finding(kind, verdict, match.span(), expected=expected, found=_stated(match, text))
            )
    return found
