"""Values that cannot be: scores beyond their ends, shares above 100 %, units of another kind."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from triage.records import ClaimVerdict
from triage_clinical.findings import DOUBT, Finding, sentences
from triage_clinical.quantities.units import UNIT, unit_of

_IS: Final = (
    r"(?: (?:level|score|scale score|value|reading|concentration|count|rate))?"
    r"(?: (?:\([A-Za-z0-9 ]{1,12}\)))?"
    r"(?:\s*[:=]\s*|,? (?:of|is|was|at|being|equals|is found to be|is measured at|was measured at"
    r"|drops to|fell to|rose to|has risen to|falls to|rises to) (?:about |approximately |only )?)"
)
_NUMBER: Final = r"(?P<value>-?\d{1,5}(?:,\d{3})*(?:\.\d+)?)"
_PERSON: Final = re.compile(
    r"\b(?:patient|he|she|his|her|infant|child|boy|girl|man|woman|fever\w*|febrile|afebrile|vitals?"
    r"|body|oral|rectal|core|pulse|respirations?|blood pressure)\b",
    re.IGNORECASE,
)

_THING: Final = re.compile(
    r"\b(?:room|ambient|air|water|bath|stor\w+|samples?|specimens?|incubat\w+|refrigerat\w+|freez\w+"
    r"|autoclav\w+|steril\w+|solution|environment\w*|outdoors?|immers\w+|tissue|probe|laser)\b",
    re.IGNORECASE,
)


class _Limit(NamedTuple):
    label: str
    low: float
    high: float
    unit: str = ""
    person: bool = False


_SHARE = r"\s?(?:%|percent|per cent)"
_LIMITS: Final = (
    _Limit("pH", 0, 14),
    _Limit("(?:arterial|blood|venous|serum) pH", 5.5, 8.5),
    _Limit("(?:GCS|Glasgow [Cc]oma [Ss]cale|Glasgow [Cc]oma [Ss]core)", 3, 15),
    _Limit("(?:Apgar|APGAR)(?: scores?)?", 0, 10),
    _Limit("(?:SpO2|SpO₂|SaO2|SaO₂|[Oo]xygen saturation|O2 saturation|O2 sat)", 0, 100, _SHARE),
    _Limit("(?:[Ee]jection fraction|LVEF|EF)", 0, 100, _SHARE),
    _Limit("(?:FiO2|FiO₂)", 0, 100, _SHARE),
    _Limit("(?:[Hh]ematocrit|[Hh]aematocrit|Hct)", 0, 100, _SHARE),
    _Limit("(?:[Ss]ensitivity|[Ss]pecificity|PPV|NPV|[Pp]redictive value)", 0, 100, _SHARE),
    _Limit("(?:TBSA|body surface area burned)", 0, 100, _SHARE),
    _Limit("NIHSS", 0, 42),
    _Limit("(?:MMSE|Mini-Mental State Examination|MoCA)", 0, 30),
    _Limit("CURB-?65", 0, 5),
    _Limit("CHADS2", 0, 6),
    _Limit("CHA2DS2-?VASc", 0, 9),
    _Limit("qSOFA", 0, 3),
    _Limit("ECOG(?: performance status)?", 0, 5),
    _Limit("Gleason (?:score|sum)", 2, 10),
    _Limit("Bishop score", 0, 13),
    _Limit("Child-Pugh", 5, 15),
    _Limit(
        "(?:[Tt]emperature|[Tt]emp|[Ff]ever)", 10, 47, r"\s?(?:°\s?C|º\s?C|degrees Celsius)", True
    ),
    _Limit(
        "(?:[Tt]emperature|[Tt]emp|[Ff]ever)",
        50,
        117,
        r"\s?(?:°\s?F|º\s?F|degrees Fahrenheit)",
        True,
    ),
    _Limit("(?:[Tt]emperature|[Tt]emp)", -273.15, 1e9, r"\s?(?:°\s?C|º\s?C|degrees Celsius)"),
    _Limit(
        "(?:[Hh]eart rate|[Pp]ulse(?: rate)?|HR)", 0, 500, r"\s?(?:bpm|beats|/\s?min|per minute)"
    ),
    _Limit(
        "(?:[Rr]espiratory rate|[Rr]espirations|RR)", 0, 200, r"\s?(?:/\s?min|per minute|breaths)"
    ),
    _Limit("(?:[Ss]erum|[Pp]lasma) sodium", 60, 260, r"\s?(?:mEq|mmol)/L"),
    _Limit("(?:[Ss]erum|[Pp]lasma) potassium", 0.3, 25, r"\s?(?:mEq|mmol)/L"),
    _Limit("(?:[Hh]emoglobin|[Hh]aemoglobin|Hgb|Hb)", 0, 35, r"\s?g/dL"),
    _Limit("(?:BMI|[Bb]ody mass index)", 5, 250),
)
_RULES: Final = tuple(
    (one, re.compile(rf"(?<![\w-])(?:{one.label}){_IS}{_NUMBER}(?P<unit>{one.unit})(?![\d.]*\d)"))
    for one in _LIMITS
)
_ANY: Final = re.compile(rf"(?<![\w-])(?:{'|'.join(one.label for one in _LIMITS)})")
"""Most sentences name none of them, which one search tells."""
_COUNTED: Final = frozenset({"[triage_unit]", "[triage_drop]", "[triage_tablet]"})
"""A height of 4 units is one on squared paper."""
_PRESSURE: Final = re.compile(
    r"\b(?:[Bb]lood pressure|BP)(?:\s*[:=]\s*| (?:of|is|was|at) | )(?P<systolic>\d{2,3})/"
    r"(?P<diastolic>\d{2,3})(?!\d|/)"
)
_KINDS: Final = (
    (
        re.compile(rf"\b(?:weighs|weighing|body weight (?:of|is)) (\d+(?:\.\d+)?) ?({UNIT})"),
        "kilogram",
        "kg",
    ),
    (re.compile(rf"\b[Bb]lood pressure (?:of|is|was) \d+/\d+ ?({UNIT})"), "mmHg", "mmHg"),
    (
        re.compile(rf"\b(?:[Hh]eight|[Ll]ength) (?:of|is|was) (\d+(?:\.\d+)?) ?({UNIT})"),
        "meter",
        "cm",
    ),
)


def check(text: str, problem: str) -> Iterator[Finding]:
    """Judge the values and units of a step; what the problem itself says is left alone."""
    for start, sentence in sentences(text):
        found = [
            *_values(start, sentence, problem),
            *_pressures(start, sentence, problem),
            *_units(start, sentence),
        ]
        if found and not DOUBT.search(sentence):
            yield from found


def _pressures(start: int, sentence: str, problem: str) -> Iterator[Finding]:
    for found in _PRESSURE.finditer(sentence):
        if int(found["systolic"]) < int(found["diastolic"]) and found[0] not in problem:
            yield _impossible(start, found, "a systolic pressure above the diastolic one", "range")


def _units(start: int, sentence: str) -> Iterator[Finding]:
    for rule, _, expected in _KINDS:
        for found in rule.finditer(sentence):
            kind = unit_of(found[found.lastindex or 0]).dimensions
            if kind and kind[0][0] in _COUNTED:
                continue
            if kind != unit_of("mmHg" if expected == "mmHg" else expected).dimensions:
                yield _impossible(start, found, f"a unit like {expected}", "unit")


def _values(start: int, sentence: str, problem: str) -> Iterator[Finding]:
    if _ANY.search(sentence) is None:
        return
    for limit, rule in _RULES:
        if limit.person and (not _PERSON.search(sentence) or _THING.search(sentence)):
            continue
        for found in rule.finditer(sentence):
            value = float(found["value"].replace(",", ""))
            stated = re.escape(found["value"]) + r"(?![\d.]*\d)"
            if limit.low <= value <= limit.high or re.search(rf"(?<![\d.]){stated}", problem):
                continue
            unit = found["unit"].strip()
            high = f"{limit.high:g}" if limit.high < 1e8 else "any"
            yield _impossible(start, found, f"{limit.low:g} to {high} {unit}".strip(), "range")


def _impossible(start: int, found: re.Match[str], can_be: str, kind: str) -> Finding:
    return Finding(
        kind=kind,
        verdict=ClaimVerdict.REFUTED,
        span=(start + found.start(), start + found.end()),
        expected=can_be,
        found=found[0],
    )
