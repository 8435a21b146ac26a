"""The measurements that formulas need: their names, units, and what can be one."""

from typing import Final

from triage_clinical.quantities.measurements import Measure

_MEQ: Final = {r"mEq/?\s?/?L": 1.0, r"mmol/L": 1.0, "": 1.0}
_MMHG: Final = {r"mm\s?Hg": 1.0, "": 1.0}
_PAIR: Final = r"(?<![\d./]){}(?![\d/]|\s?%)"
"""120/80. Any pair of figures counts: with a second one in sight it is not clear which is meant."""

SODIUM: Final = Measure("na", r"(?<!orrected )(?<!orrected serum )(?:[Ss]odium|Na)", _MEQ, 90, 220)
CHLORIDE: Final = Measure("cl", r"[Cc]hloride|Cl", _MEQ, 50, 170)
BICARBONATE: Final = Measure("hco3", r"[Bb]icarbonate|[Bb]icarb|HCO3|HCO₃|CO2 content", _MEQ, 1, 60)
GLUCOSE: Final = Measure(
    "glucose", r"[Gg]lucose|[Bb]lood sugar", {r"mg/dL": 1.0, r"mmol/L": 18.0}, 10, 3000
)
UREA: Final = Measure(
    "bun", r"BUN|[Bb]lood urea nitrogen|[Uu]rea nitrogen", {r"mg/dL": 1.0, "": 1.0}, 1, 400
)
CALCIUM: Final = Measure(
    "ca",
    r"(?<!corrected )(?<!Corrected )(?:(?:[Tt]otal|[Ss]erum|[Mm]easured) )?(?:[Cc]alcium|Ca)",
    {r"mg/dL": 1.0, "": 1.0}, 3, 25,
)  # fmt: skip
ALBUMIN: Final = Measure("albumin", r"[Aa]lbumin", {r"g/dL": 1.0, "": 1.0, r"g/L": 0.1}, 0.5, 7)
WEIGHT: Final = Measure(
    "kg", r"[Ww]eight|[Ww]eighs|[Ww]eighing", {"kg": 1.0, r"lbs?|pounds": 0.45359237}, 0.4, 400,
    before=r"[ -]?kg(?![\w/])",
)  # fmt: skip
HEIGHT: Final = Measure(
    "cm",
    r"[Hh]eight",
    {"cm": 1.0, "m": 100.0},
    30,
    250,
    before=r"[ -]?cm(?![\w/])(?= tall|\)? ?,| and|\.|;)",
)
CREATININE: Final = Measure(
    "cr",
    r"(?:[Ss]erum |[Pp]lasma )?[Cc]reatinine|S?Cr",
    {r"mg/dL": 1.0, r"[µμu]mol/L": 1 / 88.4},
    0.1,
    30,
)
AGE: Final = Measure(
    "age", r"[Aa]ge|[Aa]ged", {r"years?|y": 1.0, "": 1.0}, 1, 120, before=r"[ -]years?[ -]old"
)
SYSTOLIC: Final = Measure(
    "sbp", r"[Ss]ystolic(?: (?:blood )?pressure| BP)?|SBP", _MMHG, 30, 320,
    also=_PAIR.format(r"(?P<value>\d{2,3})/\d{2,3}"),
)  # fmt: skip
DIASTOLIC: Final = Measure(
    "dbp", r"[Dd]iastolic(?: (?:blood )?pressure| BP)?|DBP", _MMHG, 10, 220,
    also=_PAIR.format(r"\d{2,3}/(?P<value>\d{2,3})"),
)  # fmt: skip
PCO2: Final = Measure("pco2", r"[Pp]a?CO2|PaCO₂|PCO₂", _MMHG, 5, 150)
PO2: Final = Measure("po2", r"[Pp]aO2|PaO₂|[Pp]O2", _MMHG, 15, 700)
CHOLESTEROL: Final = Measure("tc", r"[Tt]otal [Cc]holesterol|TC", {r"mg/dL": 1.0, "": 1.0}, 40, 900)
HDL: Final = Measure("hdl", r"HDL(?:-C| cholesterol)?", {r"mg/dL": 1.0, "": 1.0}, 5, 200)
TRIGLYCERIDES: Final = Measure("tg", r"[Tt]riglycerides?|TG", {r"mg/dL": 1.0, "": 1.0}, 10, 6000)
BURNED: Final = Measure(
    "tbsa", r"TBSA(?: burned)?|[Bb]urn(?:s|ed)? (?:area|surface)", {"%": 1.0}, 0.5, 100,
    before=r"\s?% (?:TBSA|of (?:the|his|her) (?:total )?body surface|total body surface|burns?\b)",
)  # fmt: skip
QT: Final = Measure("qt", r"(?<!orrected )QT(?: interval)?", {"ms(?:ec)?": 1.0}, 150, 900)
RATE: Final = Measure(
    "hr",
    r"[Hh]eart rate|HR|[Pp]ulse(?: rate)?",
    {r"bpm|beats(?: per minute|/min)?|/min|per minute": 1.0, "": 1.0},
    20,
    300,
)
STROKE: Final = Measure("sv", r"[Ss]troke volume|SV", {"mL|ml": 1.0}, 5, 250)
END_DIASTOLIC: Final = Measure(
    "edv", r"[Ee]nd-diastolic volume|EDV", {"mL|ml": 1.0, "": 1.0}, 10, 600
)
END_SYSTOLIC: Final = Measure("esv", r"[Ee]nd-systolic volume|ESV", {"mL|ml": 1.0, "": 1.0}, 2, 550)


URINE_SODIUM: Final = Measure("una", r"(?:[Uu]rine|[Uu]rinary) (?:[Ss]odium|Na)|UNa", _MEQ, 1, 400)
SERUM_SODIUM: Final = Measure(
    "pna", r"(?:[Ss]erum|[Pp]lasma) (?:[Ss]odium|Na)|[PS]Na", _MEQ, 90, 220
)
URINE_CREATININE: Final = Measure(
    "ucr", r"(?:[Uu]rine|[Uu]rinary) [Cc]reatinine|UCr", {r"mg/dL": 1.0, "": 1.0}, 1, 600
)
SERUM_CREATININE: Final = Measure(
    "pcr", r"(?:[Ss]erum|[Pp]lasma) [Cc]reatinine|[PS]Cr", {r"mg/dL": 1.0, "": 1.0}, 0.1, 30
)
