"""The named formulas, each with its source and every form of it that is taught."""

import math
import re
from collections.abc import Mapping
from typing import Final

from triage_clinical.formula import Formula
from triage_clinical.quantities.measures import (
    AGE,
    ALBUMIN,
    BICARBONATE,
    BURNED,
    CALCIUM,
    CHLORIDE,
    CHOLESTEROL,
    CREATININE,
    DIASTOLIC,
    END_DIASTOLIC,
    END_SYSTOLIC,
    GLUCOSE,
    HDL,
    HEIGHT,
    PCO2,
    PO2,
    QT,
    RATE,
    SERUM_CREATININE,
    SERUM_SODIUM,
    SODIUM,
    STROKE,
    SYSTOLIC,
    TRIGLYCERIDES,
    UREA,
    URINE_CREATININE,
    URINE_SODIUM,
    WEIGHT,
)


def _mosteller(v: Mapping[str, float]) -> float:
    return math.sqrt(v["cm"] * v["kg"] / 3600)


def _by_inches(v: Mapping[str, float], base: float, each: float) -> float | None:
    inches = v["cm"] / 2.54
    return base + each * (inches - 60) if inches >= 60 else None


def _cockcroft(v: Mapping[str, float]) -> float:
    return (140 - v["age"]) * v["kg"] / (72 * v["cr"])


FORMULARY: Final = (
    Formula(
        "Body mass index",
        re.compile(r"\b(?:BMI|[Bb]ody mass index(?: \(BMI\))?)"),
        (WEIGHT, HEIGHT),
        (lambda v: v["kg"] / (v["cm"] / 100) ** 2,),
        {"": 1.0, r"kg/m(?:2|²|\^2)": 1.0},
        "Quetelet; WHO Technical Report Series 894",
        0.03,
    ),
    Formula(
        "Anion gap",
        re.compile(r"\b(?:serum )?[Aa]nion gap(?: \(AG\))?"),
        (SODIUM, CHLORIDE, BICARBONATE),
        (lambda v: v["na"] - v["cl"] - v["hco3"],),
        {"": 1.0, r"mEq/L|mmol/L": 1.0},
        "Emmett and Narins 1977",
        0.0,
        aside=re.compile(
            r"\b(?:albumin|[Cc]orrect\w*|[Aa]djust\w*|[Pp]otassium|K|[Dd]elta|[Uu]rin\w+|[Oo]smol\w+"
            r"|[Ss]tool|[Cc]hange|[Ii]ncrease\w*|[Ee]xcess)\b|K\+|K⁺|Δ"
        ),
    ),
    Formula(
        "Winter's formula",
        re.compile(r"\b(?:[Ee]xpected|[Pp]redicted) (?:PaCO2|PCO2|pCO2|PaCO₂|compensation)"),
        (BICARBONATE,),
        tuple(lambda v, d=d: 1.5 * v["hco3"] + 8 + d for d in (0, -2, -1, 1, 2)),  # type: ignore[misc]
        {"": 1.0, r"mm\s?Hg": 1.0},
        "Albert, Dell and Winters 1967",
    ),
    Formula(
        "Corrected calcium",
        re.compile(r"\b(?:albumin-)?[Cc]orrected (?:serum |total )?calcium"),
        (CALCIUM, ALBUMIN),
        (lambda v: v["ca"] + 0.8 * (4.0 - v["albumin"]),),
        {"": 1.0, r"mg/dL": 1.0},
        "Payne 1973",
        0.01,
    ),
    Formula(
        "Corrected sodium",
        re.compile(r"\b(?:glucose-)?[Cc]orrected (?:serum )?(?:sodium|Na)"),
        (SODIUM, GLUCOSE),
        tuple(lambda v, f=f: v["na"] + f * (v["glucose"] - 100) / 100 for f in (1.6, 2.0, 2.4)),  # type: ignore[misc]
        {"": 1.0, r"mEq/L|mmol/L": 1.0},
        "Katz 1973; Hillier 1999",
        0.01,
    ),
    Formula(
        "Serum osmolality",
        re.compile(r"\b(?:[Cc]alculated |[Ee]stimated )(?:serum |plasma )?osmol(?:al|ar)ity"),
        (SODIUM, GLUCOSE, UREA),
        (
            lambda v: 2 * v["na"] + v["glucose"] / 18 + v["bun"] / 2.8,
            lambda v: 1.86 * v["na"] + v["glucose"] / 18 + v["bun"] / 2.8 + 9,
            lambda v: 2 * v["na"] + v["glucose"] / 20 + v["bun"] / 3,
        ),
        {"": 1.0, r"mOsm(?:ol)?/(?:kg|L)(?: H2O)?": 1.0},
        "Dorwart and Chalmers 1975; Smithline and Gardner 1976",
        0.01,
        unless=re.compile(r"[Ee]thanol|[Mm]annitol|[Mm]ethanol|[Ee]thylene"),
    ),
    Formula(
        "Mean arterial pressure",
        re.compile(r"\b(?:MAP|[Mm]ean arterial (?:blood )?pressure(?: \(MAP\))?)"),
        (SYSTOLIC, DIASTOLIC),
        (
            lambda v: (v["sbp"] + 2 * v["dbp"]) / 3,
            lambda v: (v["sbp"] + v["dbp"]) / 2 - 0.1 * (v["sbp"] - v["dbp"]),
        ),
        {"": 1.0, r"mm\s?Hg": 1.0},
        "one third of the pulse pressure above the diastolic one; Gauer 1960",
    ),
    Formula(
        "Pulse pressure",
        re.compile(r"\b[Pp]ulse pressure"),
        (SYSTOLIC, DIASTOLIC),
        (lambda v: v["sbp"] - v["dbp"],),
        {"": 1.0, r"mm\s?Hg": 1.0},
        "by definition",
        0.0,
    ),
    Formula(
        "Alveolar-arterial gradient on room air",
        re.compile(r"\b(?:A-a|A–a|[Aa]lveolar-arterial)(?: oxygen| O2)? (?:gradient|difference)"),
        (PCO2, PO2),
        tuple(
            lambda v, f=f, r=r: f * (760 - 47) - v["pco2"] / r - v["po2"]  # type: ignore[misc]
            for f in (0.21, 0.2095, 150 / 713)
            for r in (0.8, 0.85)
        ),
        {"": 1.0, r"mm\s?Hg": 1.0},
        "alveolar gas equation, Fenn, Rahn and Otis 1946",
        0.05,
        unless=re.compile(
            r"FiO2|FiO₂|[Nn]asal cannula|[Mm]ask|[Vv]entilat(?:ed|or)|[Aa]ltitude|\d ?L(?:/min)? of oxygen|% (?:oxygen|O2)\b"
        ),
    ),
    Formula(
        "Cockcroft-Gault",
        re.compile(
            r"\b(?:Cockcroft[-–]Gault (?:estimate|clearance|CrCl)|(?:[Ee]stimated )?[Cc]reatinine clearance(?: \(CrCl\))?|CrCl)"
        ),
        (AGE, WEIGHT, CREATININE),
        (_cockcroft, lambda v: 0.85 * _cockcroft(v)),
        {"": 1.0, r"mL/min": 1.0},
        "Cockcroft and Gault 1976",
        0.03,
        unless=re.compile(r"[Uu]rine (?:creatinine|flow|volume)|24-hour urine|[Ii]nulin|UCr"),
    ),
    Formula(
        "LDL cholesterol by Friedewald",
        re.compile(
            r"\b(?:[Cc]alculated |[Ee]stimated )LDL(?:-C| cholesterol)?"
            r"|\bLDL(?:-C| cholesterol)?(?= (?:by|from|using) (?:the )?Friedewald)"
        ),
        (CHOLESTEROL, HDL, TRIGLYCERIDES),
        (lambda v: v["tc"] - v["hdl"] - v["tg"] / 5 if v["tg"] <= 400 else None,),
        {"": 1.0, r"mg/dL": 1.0},
        "Friedewald, Levy and Fredrickson 1972; not above 400 mg/dL of triglycerides",
        0.01,
    ),
    Formula(
        "Parkland formula",
        re.compile(
            r"\b(?:Parkland(?: formula)?(?: (?:volume|total|requirement|fluid))?|24[- ]hour (?:fluid|crystalloid) (?:requirement|volume))"
        ),
        (WEIGHT, BURNED),
        (
            lambda v: 4 * v["kg"] * v["tbsa"],
            lambda v: 2 * v["kg"] * v["tbsa"],
            lambda v: 3 * v["kg"] * v["tbsa"],
        ),
        {r"m[Ll]": 1.0, r"L|liters|litres": 0.001},
        "Baxter and Shires 1968: 4 mL/kg and per cent in 24 hours; 2 to 4 in later consensus",
        unless=re.compile(r"[Ff]irst (?:8|eight)|[Pp]er hour|mL/h|next 16"),
    ),
    Formula(
        "Body surface area",
        re.compile(r"\b(?:BSA|[Bb]ody surface area(?: \(BSA\))?)"),
        (WEIGHT, HEIGHT),
        (_mosteller, lambda v: 0.007184 * v["kg"] ** 0.425 * v["cm"] ** 0.725),
        {"": 1.0, r"m(?:2|²|\^2)": 1.0},
        "Mosteller 1987; Du Bois and Du Bois 1916",
        0.02,
    ),
    Formula(
        "Ideal body weight",
        re.compile(r"\b(?:IBW|[Ii]deal body weight(?: \(IBW\))?)"),
        (HEIGHT,),
        (
            lambda v: _by_inches(v, 50.0, 2.3),
            lambda v: _by_inches(v, 45.5, 2.3),
            lambda v: _by_inches(v, 48.0, 2.7),
            lambda v: _by_inches(v, 45.5, 2.2),
        ),
        {"": 1.0, "kg": 1.0},
        "Devine 1974; Hamwi 1964; from 5 feet on",
    ),
    Formula(
        "Fractional excretion of sodium",
        re.compile(r"\b(?:FENa|FE_?Na|[Ff]ractional excretion of sodium(?: \(FENa\))?)"),
        (URINE_SODIUM, SERUM_SODIUM, URINE_CREATININE, SERUM_CREATININE),
        (lambda v: 100 * v["una"] * v["pcr"] / (v["pna"] * v["ucr"]),),
        {"": 1.0, "%": 1.0},
        "Espinel 1976",
        0.03,
    ),
    Formula(
        "Corrected QT",
        re.compile(r"\b(?:QTc|[Cc]orrected QT(?: interval)?)"),
        (QT, RATE),
        (
            lambda v: v["qt"] / math.sqrt(60 / v["hr"]),
            lambda v: v["qt"] / (60 / v["hr"]) ** (1 / 3),
            lambda v: v["qt"] + 154 * (1 - 60 / v["hr"]),
            lambda v: v["qt"] + 1.75 * (v["hr"] - 60),
        ),
        {"": 1.0, r"ms(?:ec)?": 1.0},
        "Bazett 1920; Fridericia 1920; Framingham 1992; Hodges 1983",
    ),
    Formula(
        "Cardiac output",
        re.compile(r"\b[Cc]ardiac output(?: \(CO\))?"),
        (STROKE, RATE),
        (lambda v: v["sv"] * v["hr"],),
        {r"m[Ll]/min": 1.0, r"L/min|liters/min|liters per minute": 0.001},
        "by definition",
    ),
    Formula(
        "Ejection fraction",
        re.compile(r"\b(?:[Ee]jection fraction(?: \(EF\))?|LVEF|EF)"),
        (END_DIASTOLIC, END_SYSTOLIC),
        (lambda v: 100 * (v["edv"] - v["esv"]) / v["edv"],),
        {r"%": 1.0},
        "by definition",
    ),
)
"""Formulas whose result a step may state. A variant that gives None does not apply."""
