"""Sums, products, averages and differences of listed numbers, in words.

`The sum of 3, 4 and 6 is 14`, `0.2, 0.3 and 0.6 add up to 1`.
"""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.notation.latex import without_edges

HINTS: Final = (" sum", "Sum", "verage", " mean", "roduct", "ifference", " total", " add")
MAX_CLAIMS: Final = 10
_NUMBER: Final = r"-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,12}(?!\d))(?:\.\d{1,9})?(?:/\d{1,9})?%?"
_ALONE: Final = (
    r"(?![\w^*/+(!%]|\s*[\^*/+(!=×÷]|\s+(?:x|times|of|plus|minus|more|less|and|or|mod)\b"
    r"|\.\d|,\d|\s*-)"
)
_LIST: Final = (
    rf"(?P<list>{_NUMBER}(?:(?:, {{1,3}}(?:and )?| {{1,3}}and {{1,3}}){_NUMBER}){{1,30}})"
)
_FIRST: Final = re.compile(
    r"\b(?P<what>sum|total|average|mean|product|(?:positive )?difference)\s+(?:of|between)\s+"
    r"(?:the (?:numbers|digits|values|integers|probabilities)\s+)?" + _LIST
    + r"\s*(?:,\s*)?(?:is|equals|=|is equal to|gives)\s*(?P<value>" + _NUMBER + r")" + _ALONE,
    re.IGNORECASE,
)  # fmt: skip
_LAST: Final = re.compile(
    r"(?<![\w.^*/+)\-,!}=])(?<![\^*/+)\-=,] )" + _LIST
    + r"\s+(?:all\s+)?(?:sums?|adds?|totals?)\s+(?:up\s+)?(?:to\s+)?(?P<value>" + _NUMBER + r")"
    + _ALONE,
    re.IGNORECASE,
)  # fmt: skip
_FIRST_HINT: Final = re.compile(r"(?:sum|total|average|mean|product|difference)\s+(?:of|between)\s")
_LAST_HINT: Final = re.compile(r"(?:sum|add|total)s?\s+(?:up\s+)?(?:to\s+)?[-\d]")
"""Parts of the two forms, which are found much faster."""
_EACH: Final = re.compile(
    r"\bP\s*\((?P<of>[^()=\n]{1,20})\)\s*=\s*(?P<value>"
    + _NUMBER
    + r")(?=\s*(?:,|;|\.(?!\d)|and\b|\n))"
)
_ONE: Final = re.compile(
    r"\bprobabilities\s+(?:(?:all|do|indeed|correctly)\s+)?(?:sum|add|total)s?\s+(?:up\s+)?"
    r"(?:to\s+)?1(?![\d.,/%]*\d)"
)
_NUMBERS: Final = re.compile(_NUMBER)
_QUALIFIED: Final = re.compile(
    r"\b(?:if|whether|suppose|assume|any|could|would|should|must|might|need\w*|check|when|let|how)\b"
    r"|\b(?:which|that|only|weighted|squares?|cubes?|reciprocals?|harmonic|geometric|between|from|"
    r"for|of)\s*$|[|≡]",
    re.IGNORECASE,
)


def _value(text: str) -> Fraction:
    percent = text.endswith("%")
    value = Fraction(1)
    top, _, bottom = text.rstrip("%").replace(",", "").partition("/")
    value = Fraction(top) / (Fraction(bottom) if bottom else 1)
    return value / 100 if percent else value


def _computed(what: str, values: list[Fraction]) -> Fraction:
    if "product" in what:
        result = Fraction(1)
        for v in values:
            result *= v
        return result
    if "difference" in what:
        return abs(values[0] - values[1])
    total = sum(values, Fraction(0))
    return total / len(values) if what in {"average", "mean"} else total


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    """Checks what a step says of listed numbers, and of probabilities that it lists."""
    if state.problem.unsure:
        return []
    said = without_edges(plain)
    low = said.lower()
    found: list[Finding] = []
    for hint, form, what in ((_FIRST_HINT, _FIRST, ""), (_LAST_HINT, _LAST, "sum")):
        if hint.search(low) is None:
            continue
        for match in list(form.finditer(said))[:MAX_CLAIMS]:
            finding = _listed(match, (what or match["what"]).lower(), said)
            if finding is not None:
                found.append(finding)
    return found + _probabilities(said)


def _listed(match: re.Match[str], what: str, said: str) -> Finding | None:
    begin = max(said.rfind(".", 0, match.start()), said.rfind("\n", 0, match.start())) + 1
    before = said[max(begin, match.start() - 100) : match.start()]
    if denies(before) or _QUALIFIED.search(before) or denies(said[match.end() : match.end() + 60]):
        return None
    texts = _NUMBERS.findall(match["list"])
    try:
        values, stated = [_value(t) for t in texts], _value(match["value"])
    except ZeroDivisionError:
        return None
    if "difference" in what and (len(values) != 2 or stated < 0):
        return None
    if any(t.endswith("%") for t in texts) != match["value"].endswith("%") and stated != 1:
        return None
    computed = _computed(what, values)
    places = len(match["value"].rstrip("%").partition(".")[2])
    shortened = (computed * 10**places).denominator > 1 and (places or what in {"average", "mean"})
    allowed = Fraction(1, 10**places) if shortened else Fraction(0)
    if any("." in t for t in texts) and not places:
        allowed = Fraction(1, 50) * max(Fraction(1), abs(stated))
    true = abs(computed - stated) <= allowed
    kind = "probability-sum" if what == "sum" and stated == 1 else "listed-numbers"
    return Finding(
        kind,
        ClaimVerdict.SUPPORTED if true else ClaimVerdict.REFUTED,
        match.span(),
        expected=shown(computed),
        found=match["value"],
    )


def _probabilities(said: str) -> list[Finding]:
    """`P(A) = 0.3, P(B) = 0.8 ... the probabilities sum to 1`."""
    claim = _ONE.search(said) if "probabilities" in said else None
    if claim is None:
        return []
    before = said[max(0, claim.start() - 60) : claim.start()]
    if denies(before) or re.search(r"\b(?:must|should|if|need|that|whether|to)\b", before[-25:]):
        return []
    each = {m["of"].strip(): m["value"] for m in _EACH.finditer(said, 0, claim.start())}
    if len(each) < 2 or any("|" in name or "∩" in name for name in each):
        return []
    try:
        total = sum((_value(v) for v in each.values()), Fraction(0))
    except ZeroDivisionError:
        return []
    near = Fraction(1, 50) if any("." in v for v in each.values()) else Fraction(0)
    verdict = ClaimVerdict.SUPPORTED if abs(total - 1) <= near else ClaimVerdict.REFUTED
    return [Finding("probability-sum", verdict, claim.span(), expected=shown(total), found="1")]
