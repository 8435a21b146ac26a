"""Sizes that anybody can look up, stated in words: `there are 60 minutes in an hour`."""

import calendar
import re
from fractions import Fraction
from itertools import islice
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.notation.units import sizes

HINTS: Final = ("here are ", "here is ", " has ", " have ")
MAX_CLAIMS: Final = 10
_MONTHS: Final = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_ENDS: Final = r"(?=\s*(?:[.,;:)]|$|\n|so\b|and\b|then\b|we\b|he\b|she\b|they\b|but\b|which\b))"
_NUMBER: Final = r"(?P<count>\d{1,3}(?:,\d{3})+|\d{1,7})"
_HAS: Final = rf"(?:are|is|has|have)\s+(?:exactly\s+|only\s+)?{_NUMBER}"
_IN_MONTH: Final = re.compile(
    rf"\bthere {_HAS} days in (?:the month of )?(?P<month>{'|'.join(_MONTHS)})\b{_ENDS}"
    rf"|(?:^|[.,;:\n] *|\b(?:since|because|as|that|month of) )(?P<name>{'|'.join(_MONTHS)}) "
    rf"has (?P<of>\d{{1,3}}) days{_ENDS}",
    re.IGNORECASE,
)
_IN_ONE: Final = re.compile(
    rf"\bthere {_HAS} (?P<small>[a-z]+) in (?:a|an|one|each|every) (?P<large>[a-z]+){_ENDS}"
    rf"|\b(?:a|an|one|each|every) (?P<whole>[a-z]+) has (?P<of>\d{{1,7}}) (?P<part>[a-z]+)"
    rf"(?: in it)?{_ENDS}",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"(?:are|is|has|have)\s+(?:exactly\s+|only\s+)?\d")
"""A part of both forms, which is found much faster."""
_FREE: Final = frozenset((("day", "week"), ("hour", "day"), ("quarter", "year")))
"""Pairs of which people speak otherwise too: five working days in a week, eight hours in a day."""


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    """Checks what a step says of the calendar and of the units of everyday life."""
    low = plain.lower()
    if _COUNTED.search(low) is None:
        return []
    found: list[Finding | None] = []
    if "days" in low:
        found += [
            _finding(plain, match, _days(match), match["count"] or match["of"], "calendar")
            for match in islice(_IN_MONTH.finditer(plain), MAX_CLAIMS)
        ]
    found += [
        _finding(plain, match, _sizes(match), match["count"] or match["of"], "known-size")
        for match in islice(_IN_ONE.finditer(plain), MAX_CLAIMS)
    ]
    return [one for one in found if one is not None]


def _days(match: re.Match[str]) -> list[Fraction]:
    month = _MONTHS[(match["month"] or match["name"]).lower()]
    return [Fraction(days) for days in sorted({calendar.monthrange(y, month)[1] for y in (3, 4)})]


def _sizes(match: re.Match[str]) -> list[Fraction]:
    small, large = match["small"] or match["part"], match["large"] or match["whole"]
    small, large = small.lower(), large.lower()
    if (small.removesuffix("s"), large) in _FREE:
        return []
    return sorted(sizes(large, small))


def _finding(
    plain: str, match: re.Match[str], right: list[Fraction], stated: str, kind: str
) -> Finding | None:
    begin = max(plain.rfind(".", 0, match.start()), plain.rfind("\n", 0, match.start())) + 1
    if (
        not right
        or denies(plain[begin : match.end()])
        or " if " in f" {plain[begin : match.end()]}"
    ):
        return None
    true = Fraction(stated.replace(",", "")) in right
    return Finding(
        kind,
        ClaimVerdict.SUPPORTED if true else ClaimVerdict.REFUTED,
        match.span(),
        expected=" or ".join(shown(one) for one in right),
        found=stated,
    )
