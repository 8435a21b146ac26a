"""Quotations that a step attributes to the problem: do they stand there?"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from triage.records import Claim, ClaimVerdict
from triage_text.words import holds, share_in_order, words

_SAYS: Final = (
    r"says|states|reads|mentions|notes|specifies|asks|tells us|describes|explicitly says"
    r"|explicitly states|clearly states|specifically states|stated|said|mentioned"
)
_OWN: Final = (
    r"problem statement|question stem|fact pattern|problem|question|prompt|scenario|vignette|stem"
    r"|passage|facts"
)
_ATTRIBUTED: Final = re.compile(
    rf"\b(?:(?:the|this) (?:given )?(?:{_OWN}|case)(?: itself)? (?:{_SAYS}|state|say|mention)"
    r"(?: that| us)?"
    # what is said in the case may be said in a precedent
    rf"|(?:according to|as (?:stated|said|mentioned|described|given) (?:in|by)) the (?:{_OWN}))"
    r"[:,]{0,2} (?:[\"“](?P<straight>[^\"“”\n]{8,400})[\"”])",
    re.IGNORECASE,
)
_CUT: Final = re.compile(r"\.\.\.|…|\[[^\]]{0,60}\]")
_FEWEST: Final = 4
_LONGEST: Final = 40
_LONGEST_PROBLEM: Final = 6_000
_MOST: Final = 8
"""Words of a quotation and of a problem, and quotations of a step: more are left to people."""
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
    for found in islice(_ATTRIBUTED.finditer(text), _MOST):
        if _DENIED.search(text[: found.start()]):
            continue
        quote = found["straight"]
        parts = [words(part) for part in _CUT.split(quote)]
        length = sum(map(len, parts))
        if not _FEWEST <= length <= _LONGEST:
            continue
        if there is None:
            there = words("\n".join((problem, *options)))
            if len(there) > _LONGEST_PROBLEM:
                return
        whole = all(holds(there, part) for part in parts)
        if not whole and _share(there, parts) >= _ABSENT:
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


def _share(there: list[str], parts: Sequence[list[str]]) -> float:
    return share_in_order(there, [word for part in parts for word in part], enough=_ABSENT)
