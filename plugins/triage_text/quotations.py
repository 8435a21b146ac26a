"""Quotations that a step attributes to the problem: do they stand there?"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from triage.records import Claim, ClaimVerdict
from triage_text.words import holds, share_in_order, words

_SAYS: Final = (
    r"says|states|reads|mentions|notes|specifies|asks|tells us|describes|explicitly says"
    r"|explicitly states|clearly states|specifically states|stated|said|mentioned"
)
_ATTRIBUTED: Final = re.compile(
    rf"\b(?:the|this) (?:given )?(?:problem|question|prompt|case|passage|scenario|vignette|stem"
    rf"|problem statement|question stem|fact pattern)(?: itself)? (?:{_SAYS})(?: that| us)?:?,? "
    rf"(?:[\"“](?P<straight>[^\"“”\n]{{8,400}})[\"”])",
    re.IGNORECASE,
)
_CUT: Final = re.compile(r"\.\.\.|…|\[[^\]]{0,60}\]")
_FEWEST: Final = 4
_LONGEST: Final = 80
_ABSENT: Final = 0.5
"""Below this share of its words in order, a quotation stands nowhere in the problem."""
_DENIED: Final = re.compile(
    r"\b(?:not|never|if|does|did|would|nowhere|instead of)\b[^.]{0,40}$", re.IGNORECASE
)


def check(text: str, problem: str, options: Sequence[str]) -> Iterator[Claim]:
    """Judge every quotation that a step says is the problem's; a loose one is left alone."""
    if '"' not in text and "“" not in text:
        return
    there: list[str] | None = None
    for found in _ATTRIBUTED.finditer(text):
        if _DENIED.search(text[: found.start()]):
            continue
        quote = found["straight"]
        parts = [words(part) for part in _CUT.split(quote)]
        length = sum(map(len, parts))
        if not _FEWEST <= length <= _LONGEST:
            continue
        if there is None:
            there = words("\n".join((problem, *options)))
        whole = all(holds(there, part) for part in parts)
        if not whole and share_in_order(there, [w for part in parts for w in part]) >= _ABSENT:
            continue
        yield Claim(
            kind="quotation",
            verdict=ClaimVerdict.SUPPORTED if whole else ClaimVerdict.REFUTED,
            span=found.span("straight"),
            text=quote,
            expected="words that stand in the problem",
            found=quote,
            engine="text",
        )
