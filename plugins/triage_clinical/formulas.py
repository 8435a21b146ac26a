"""Named clinical formulas: recomputed from the values that the step, or else its problem, gives."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from triage_clinical.findings import DOUBT, Finding, judged, sentences, shown
from triage_clinical.formula import Formula
from triage_clinical.formulary import FORMULARY
from triage_clinical.quantities.measurements import measured

_NUMBER: Final = r"(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)"
_ANY: Final = re.compile("|".join(f"(?:{one.named.pattern})" for one in FORMULARY))
"""Most steps name none of them, which one search tells."""
_STATES: Final = re.compile(
    r"(?:\s*\([^()]{1,30}\))?"
    r"(?:\s+(?:by|from|using) (?:the )?[A-Z][\w’'-]+(?: (?:formula|equation|method))?)?"
    r"\s*(?:is|was|equals|of|gives|yields|comes to|comes out at|works out to|:|=|≈|~)"
    r"\s*(?:therefore |thus |then |about |approximately |roughly |around |≈ ?"
    r"|calculated (?:as|to be) )*"
)
_IN_GENERAL: Final = re.compile(
    r"\b(?:an?|any|every|each|normal|target|goal|desired|usual|typical|expected|predicted|threshold"
    r"|when|with)\s+$",
    re.IGNORECASE,
)
"""A BMI of 30 is obesity: that is no statement about this patient."""
_GIVES: Final = re.compile(
    r"\b(?:gives|yields|works out (?:to|at)|comes (?:out )?(?:to|at))\s+(?:(?:an?|the|expected"
    r"|predicted)\s+)+$",
    re.IGNORECASE,
)
"""What is worked out is: the formula gives a MAP of 93."""
_OTHER_MOMENT: Final = re.compile(
    r"\b(?:targets?|goals?|aims?|thresholds?|cut-?offs?|recommend\w*|maintain\w*|keep|titrat\w*|least"
    r"|ago|before|previous\w*|prior|baseline|earlier|later|after|until|improv\w*|rose|rises|fell|falls"
    r"|drop\w*|following|post|last (?:year|month|week|visit))\b",
    re.IGNORECASE,
)
"""What is aimed at, or was so at another time, is not what these values give."""
_BOUND: Final = re.compile(
    r"^[^.;=]{0,30}?\d\s?\S{0,8}\s(?:(?:or|and|points?|mm\s?Hg) )?"
    r"(?:more|greater|higher|less|lower|above|below|over|under)\b"
)
_CHAIN: Final = re.compile(rf"[=≈]\s*(?:approximately |about )?{_NUMBER}(?=[^=≈]*$)")
_FIRST: Final = re.compile(rf"{_NUMBER}(?!\s*(?:[-–+×*/x÷^]|\d|to\b))")
_WORKED: Final = re.compile(r"[=≈]")
_ROUNDED: Final = re.compile(
    r"≈|~|\b(?:about|approx\w*|around|roughly|nearly|almost)\b", re.IGNORECASE
)


def check(text: str, problem: str) -> Iterator[Finding]:
    """Judge what a step states for a named formula, where all that it needs is given once."""
    if _ANY.search(text) is None:
        return
    for formula in FORMULARY:
        if formula.named.search(text) is None:
            continue
        given = measured(formula.inputs, text, problem)
        whole = f"{text}\n{problem}"
        if given is None or (formula.unless is not None and formula.unless.search(whole)):
            continue
        for start, sentence in sentences(text):
            for name in formula.named.finditer(sentence):
                yield from _judged(formula, name, start, sentence, given)


def _judged(
    formula: Formula,
    name: re.Match[str],
    start: int,
    sentence: str,
    given: Mapping[str, float],
) -> Iterator[Finding]:
    rest = sentence[name.end() :]
    states = _STATES.match(rest)
    ahead = sentence[: name.start()]
    if (_IN_GENERAL.search(ahead) and not _GIVES.search(ahead)) or _BOUND.search(rest):
        return
    if _OTHER_MOMENT.search(sentence) or (formula.aside and formula.aside.search(sentence)):
        return
    if states is not None and states[0].strip() == "of" and not sentence[: name.start()].strip():
        return  # a QTc of 500 ms is dangerous, without its article
    if states is None or DOUBT.search(sentence[: name.start()]) or "?" in sentence:
        return
    stated = _stated(rest, states.end())
    if stated is None:
        return
    value, (begin, end) = stated
    unit = formula.unit.match(rest, end)
    factor = formula.factor_of(unit[0].strip() if unit else "")
    if factor is None:
        return
    results = [one for one in formula.results(given) if one is not None]
    if not results:
        return
    rounded = _ROUNDED.search(rest[:end]) is not None
    close = any(_close(one * factor, value, rest[begin:end], rounded, formula) for one in results)
    yield Finding(
        kind="formula",
        verdict=judged(close),
        span=(start + name.start(), start + name.end() + (unit.end() if unit else end)),
        expected=" or ".join(dict.fromkeys(shown(one * factor) for one in results)),
        found=rest[begin:end],
        note=f"{formula.title}: {formula.source}",
    )


def _stated(rest: str, at: int) -> tuple[float, tuple[int, int]] | None:
    """The figure that is told for the formula: the last of a chain, else the first of all."""
    clause = re.split(
        r"(?<!\d)[,;](?!\d)|\.(?!\d)|,(?!\d{3})| (?:and|with|which|so|but|indicat\w+|suggest\w+) ",
        rest[at:],
    )[0]
    found = _CHAIN.search(clause) if _WORKED.search(clause) else _FIRST.match(clause)
    if found is None:
        return None
    return float(found[1].replace(",", "")), (at + found.start(1), at + found.end(1))


def _close(computed: float, stated: float, written: str, rounded: bool, formula: Formula) -> bool:
    places = len(written.partition(".")[2])
    slack = max(10.0**-places, formula.slack * abs(computed))
    if rounded:
        slack = max(slack, 0.1 * abs(computed))
    return abs(computed - stated) <= slack * 1.01
