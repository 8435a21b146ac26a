"""Figures in clinical steps: what is refuted, what is only evidence, what is left alone."""

from pathlib import Path

import pytest
from conftest import Triage, read_lines, write_lines
from hypothesis import given
from hypothesis import strategies as st
from triage_clinical import triage_propose
from triage_clinical.formulary import FORMULARY

from triage.records import ClaimVerdict, Proposal, Step, Trace, Validity

URINE = "Urine sodium 28, serum sodium 140, urine creatinine 60 mg/dL, serum creatinine 3 mg/dL."


def ask(text: str, problem: str = "What is to be done?") -> Proposal | None:
    step = Step(index=0, text=text)
    trace = Trace(id="t", domain="medical", problem=problem, steps=(step,), group="t")
    found = triage_propose(trace, 0)
    return found if isinstance(found, Proposal) else None


def verdict(text: str, problem: str = "What is to be done?") -> str | None:
    """`refuted`, `supported` or None for an abstention."""
    found = ask(text, problem)
    if found is None:
        return None
    refuted = found.label is not None
    assert refuted == any(c.verdict is ClaimVerdict.REFUTED for c in found.evidence.claims)
    assert found.validity is (Validity.INVALID if refuted else None)
    return "refuted" if refuted else "supported"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("15 mg/kg × 20 kg = 300 mg", "15 mg/kg × 20 kg = 350 mg"),
        ("15 mg/kg x 20 kg = 0.3 g", "15 mg/kg x 20 kg = 300 g"),
        ("500 mg ÷ 250 mg/5 mL = 10 mL", "500 mg ÷ 250 mg/5 mL = 2 mL"),
        ("1000 mL over 8 hours = 125 mL/hr", "1000 mL over 8 hours = 250 mL/hr"),
        ("2.5 mcg/kg/min × 70 kg = 175 mcg/min", "2.5 mcg/kg/min × 70 kg = 175 mg/min"),
        ("So 0.5 g = 500 mg.", "So 0.5 g = 50 mg."),
        ("70 kg / (1.75 m)² = 22.9 kg/m²", "70 kg / (1.75 m)² = 32.9 kg/m²"),
        ("84 g / 28 g/mol = 3 mol", "84 g / 28 g/mol = 4 mol"),
        ("pH = 6.1 + log(24/(0.03*40)) = 7.40", "pH = 6.1 + log(24/(0.03*40)) = 7.10"),
        ("(1/4)^4 = 1/256", "(1/4)^4 = 1/64"),
        ("20/30 = 66.67%", "20/30 = 56.67%"),
        ("20 minus 8 times 2 equals 4", "20 minus 8 times 2 equals 14"),
        ("10 units/kg x 50 kg = 500 units", "10 units/kg x 50 kg = 50 units"),
        ("He weighs 70 kg (154 lb).", "He weighs 70 kg (174 lb)."),
        ("He measures 173 cm (5 ft 8 in).", "He measures 186 cm (5 ft 8 in)."),
        ("She had 38.9°C (102°F).", "She had 38.9°C (112°F)."),
        ("A glucose of 180 mg/dL (10 mmol/L)", "A glucose of 180 mg/dL (20 mmol/L)"),
        ("A glucose of 180 mg/dL (9.9 mmol/L)", "A glucose of 180 mg/dL (11.0 mmol/L)"),
        ("Creatinine was 1.0 mg/dL (88 µmol/L).", "Creatinine was 1.0 mg/dL (188 µmol/L)."),
        ("The volume is 28 / 1/5 = 140", "The volume is 28 / 1/5 = 150"),
        ("The dose is 100 mg / 5 × 2 = 10 mg", "The dose is 100 mg / 5 × 2 = 30 mg"),
        ("He is 5 ft 9 in (175 cm) tall.", "He is 5 ft 9 in (195 cm) tall."),
        ("Birth weight 7 lb 8 oz (3.4 kg).", "Birth weight 7 lb 8 oz (4.4 kg)."),
        ("20% of 500 mg = 100 mg", "20% of 500 mg = 150 mg"),
        ("3 tablets × 250 mg = 750 mg", "3 tablets × 250 mg = 850 mg"),
        ("Score: 2 + 1 + 1 = 4 points.", "Score: 2 + 1 + 1 = 5 points."),
        ("(20 × 2)/(140 × 100) × 100 = 0.29%", "(20 × 2)/(140 × 100) × 100 = 2.9%"),
    ],
)
def test_written_sums_and_conversions(right: str, wrong: str) -> None:
    assert verdict(right) == "supported"
    assert verdict(wrong) == "refuted"


@pytest.mark.parametrize(
    ("text", "problem", "said"),
    [
        ("Her BMI is 25 kg/m2.", "She is 168 cm tall and weighs 70 kg.", "supported"),
        ("Her BMI is 31 kg/m2.", "She is 168 cm tall and weighs 70 kg.", "refuted"),
        ("Na 140, Cl 104, HCO3 24: the anion gap is 12.", "p", "supported"),
        ("Na 140, Cl 104, HCO3 24: the anion gap is 20.", "p", "refuted"),
        ("A BP of 120/80 yields a MAP of 93 mmHg.", "p", "supported"),
        ("A QT of 400 ms at a heart rate of 100 bpm gives a QTc of 430 ms.", "p", "refuted"),
        ("The LDL by Friedewald is 145 mg/dL.",
         "Total cholesterol 220 mg/dL, HDL 45 mg/dL, triglycerides 150 mg/dL.", "supported"),
        ("The LDL by Friedewald is 175 mg/dL.",
         "Total cholesterol 220 mg/dL, HDL 45 mg/dL, triglycerides 150 mg/dL.", "refuted"),
        ("The MAP is 80 mm Hg.", "Systolic 120, diastolic 60.", "supported"),
        ("The MAP is 90 mm Hg.", "Systolic 120, diastolic 60.", "refuted"),
        ("Corrected calcium is 9.1 mg/dL.", "Calcium 7.5 mg/dL, albumin 2.0 g/dL.", "supported"),
        ("Corrected calcium is 8.1 mg/dL.", "Calcium 7.5 mg/dL, albumin 2.0 g/dL.", "refuted"),
        ("The corrected sodium is 136.4.", "Sodium 130, glucose 500 mg/dL.", "supported"),
        ("The corrected sodium is 150.", "Sodium 130, glucose 500 mg/dL.", "refuted"),
        ("Calculated osmolality is 290 mOsm/kg.",
         "Sodium 140, glucose 90 mg/dL, BUN 14 mg/dL.", "supported"),
        ("Calculated osmolality is 320 mOsm/kg.",
         "Sodium 140, glucose 90 mg/dL, BUN 14 mg/dL.", "refuted"),
        ("The creatinine clearance is 70 mL/min.",
         "A 70-year-old man weighs 72 kg; creatinine 1.0 mg/dL.", "supported"),
        ("The creatinine clearance is 40 mL/min.",
         "A 70-year-old man weighs 72 kg; creatinine 1.0 mg/dL.", "refuted"),
        ("The A-a gradient is 40 mm Hg.", "PaCO2 40 mm Hg, PaO2 60 mm Hg.", "supported"),
        ("The A-a gradient is 10 mm Hg.", "PaCO2 40 mm Hg, PaO2 60 mm Hg.", "refuted"),
        ("The Parkland volume is 8400 mL.", "A 70-kg man with 30% TBSA burns.", "supported"),
        ("The Parkland volume is 840 mL.", "A 70-kg man with 30% TBSA burns.", "refuted"),
        ("The QTc is 516 ms.", "QT 400 ms at a heart rate of 100 bpm.", "supported"),
        ("The QTc is 400 ms.", "QT 400 ms at a heart rate of 100 bpm.", "refuted"),
        ("The calculated LDL is 130 mg/dL.",
         "Total cholesterol 200, HDL 40, triglycerides 150.", "supported"),
        ("The calculated LDL is 100 mg/dL.",
         "Total cholesterol 200, HDL 40, triglycerides 150.", "refuted"),
        ("The BSA is 1.81 m2.", "She is 168 cm tall and weighs 70 kg.", "supported"),
        ("The expected PaCO2 is 26 mm Hg.", "HCO3 12 mEq/L.", "supported"),
        ("The expected PaCO2 is 36 mm Hg.", "HCO3 12 mEq/L.", "refuted"),
        ("The cardiac output is 4.9 L/min.", "Stroke volume 70 mL, heart rate 70.", "supported"),
        ("The ejection fraction is 60%.", "EDV 100 mL, ESV 40 mL.", "supported"),
        ("The ejection fraction is 40%.", "EDV 100 mL, ESV 40 mL.", "refuted"),
        ("The ideal body weight is 66 kg.", "He is 170 cm tall.", "supported"),
        ("The ideal body weight is 86 kg.", "He is 170 cm tall.", "refuted"),
        ("The FENa is 1%.", URINE, "supported"),
        ("The FENa is 4%.", URINE, "refuted"),
        ("The pulse pressure is 60 mm Hg.", "SBP 120, DBP 60.", "supported"),
    ],
)  # fmt: skip
def test_named_formulas(text: str, problem: str, said: str) -> None:
    assert verdict(text, problem) == said


def test_every_formula_names_its_source() -> None:
    found = ask("Her BMI is 31.", "She is 168 cm tall and weighs 70 kg.")
    assert found is not None
    (claim,) = found.evidence.claims
    assert claim.kind == "formula"
    assert "WHO" in (claim.note or "")
    assert all(len(one.source) >= 10 for one in FORMULARY)


@pytest.mark.parametrize(
    "text",
    [
        "The arterial pH is 74.", "GCS of 17", "The Glasgow Coma Scale score is 2.",
        "SpO2 of 120%", "The patient's temperature is 400 °C.", "His temperature is 20 °F.",
        "The Apgar score was 12.", "Blood pressure of 80/120 mm Hg", "The LVEF is 130%.",
        "The infant weighs 50 cm.", "Hematocrit: 140%", "The sensitivity is 110%.",
    ],
)  # fmt: skip
def test_values_that_cannot_be(text: str) -> None:
    assert verdict(text) == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "A GCS of 17 is impossible.", "If the pH were 74, the patient would be dead.",
        "Is a pH of 74 a typo?", "The autoclave runs at a temperature of 121 °C.", "pH of 7.4",
        "The ratio is 3:1 = 3", "pKb + pOH = 14", "2 FADH2 x 2 = 4 ATP", "q² = (0.01)² = 0.0001",
        "100 mg in 5 mL = 20 mg/mL", "1 L of oxygen = 20 kJ", "Take 500 mg (2 tablets) daily.",
        "Give 10 mg (at most 40 mg) a day.", "1/5 is equal to 12.8", "Step 3 = the answer",
        "Suppose 2 + 2 = 5.", "It is not true that 0.5 g = 50 mg.", "From 0900-0130 = 0730 hours",
        "A child of 120 cm weighing 20 kg", "x = 3 = y", "= 5", "2 + = 4", "grade 3/6 murmur",
        "The triangle has a height of 4 units.", "1 cm = 10 m on this scale.",
    ],
)  # fmt: skip
def test_what_is_no_claim_is_left_alone(text: str) -> None:
    assert verdict(text) in (None, "supported")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "Her BMI is 31.",
            "She was 168 cm tall, weight 70 kg; now weight 90 kg.",
        ),
        ("Her BMI is 31.", "She weighs 70 kg."),
        ("The SpO2 is 120%.", "The monitor shows an SpO2 of 120%."),
        ("The calculated LDL is 50 mg/dL.", "Total cholesterol 300, HDL 40, triglycerides 800."),
        ("A BMI of 30 or more is obesity.", "She is 168 cm tall and weighs 70 kg."),
        ("A BMI of 31 is obesity.", "She is 168 cm tall and weighs 70 kg."),
        ("The A-a gradient is 200 mm Hg.", "PaCO2 40 mm Hg, PaO2 60 mm Hg on FiO2 of 50%."),
        ("His blood was stored at a temperature of 4 °C.", "p"),
        ("Give potassium at 40 mEq/L.", "p"),
        (
            "The creatinine clearance is 40 mL/min.",
            "A 70-year-old man weighs 72 kg; creatinine 1.0 mg/dL, urine creatinine 60 mg/dL.",
        ),
        ("The MAP is 90 mm Hg.", "Systolic 120, diastolic 60. Later systolic 150."),
    ],
)
def test_what_is_not_clear_is_left_alone(text: str, problem: str) -> None:
    assert verdict(text, problem) is None


@pytest.mark.parametrize(
    "text", ["2 + 3 = 5 x 4 = 20", "120 minutes ÷ 60 = 2 hours", "1/3 ≈ 0.3", "about 100/3 = 33"]
)
def test_loose_writing_is_no_error(text: str) -> None:
    assert verdict(text) != "refuted"


NUMBERS = st.integers(min_value=1, max_value=999)


@given(NUMBERS, NUMBERS, st.integers(min_value=-50, max_value=50).filter(bool))
def test_whole_sums_are_exact(a: int, b: int, off: int) -> None:
    assert verdict(f"{a} + {b} = {a + b}") == "supported"
    assert verdict(f"{a} + {b} = {a + b + off}") != "supported"
    assert verdict(f"{a} mg + {b} mg = {a + b} mg") == "supported"


@given(st.text(alphabet="0123456789 .,/x×=()-+^%mgkLd°CF²⁻", max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    found = ask(text)
    for claim in found.evidence.claims if found else ():
        assert claim.span is not None
        assert text[slice(*claim.span)] == claim.text


def test_in_a_run_a_dose_is_refuted_and_a_right_one_gets_no_label(triage: Triage) -> None:
    row = {"domain": "medical", "problem": "A child of 20 kg.",
           "steps": ["15 mg/kg x 20 kg = 300 mg.", "15 mg/kg x 20 kg = 3 g."]}  # fmt: skip
    write_lines(Path("in.jsonl"), [row])
    assert triage("run", "in.jsonl", "--out", "out.jsonl").status == 0
    first, second = read_lines(Path("out.jsonl"))
    assert [p["label"] for p in first["proposals"]] == [None]
    assert [p["label"] for p in second["proposals"]] == ["incorrect"]


@pytest.mark.data
def test_valid_steps_of_public_cases_raise_no_alarm(data: Path) -> None:
    from benchmarks.plugins.domains import count

    counts = count("clinical", "mrben_medicine")
    assert counts["valid"] > 1_000
    assert counts["alarms"] == 0


GASES = "Na 140, K 4, Cl 104, HCO3 12, albumin 2.0 g/dL."
KIDNEY = "A 60-year-old man, weight 72 kg, creatinine 2.0 mg/dL."


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (GASES, "Corrected for albumin, the anion gap is 24 + 2.5 × (4 - 2) = 29."),
        (GASES, "Including potassium, the anion gap is 28."),
        (GASES, "The anion gap is 12 above normal."),
        (GASES, "The urine anion gap is -20."),
        (KIDNEY, "A year ago his creatinine clearance was 80 mL/min."),
        (KIDNEY, "The threshold creatinine clearance of 30 mL/min is not reached."),
        ("Weight 95 kg, height 170 cm.", "Her BMI was 28 before pregnancy."),
        ("QT 400 ms, heart rate 75 bpm.", "QTc of 500 ms raises the risk of torsades."),
        ("PaCO2 60, PaO2 55 on room air.", "The expected A-a gradient is (60/4) + 4 = 19."),
        ("BP 150/90.", "The target MAP is 65 mmHg."),
        ("BP 150/90.", "After fluids the MAP is 80 mmHg."),
        ("BP 150/90, an hour later 120/70.", "The MAP is 87 mmHg."),
        ("A 70 kg man, 40% TBSA.", "By the Parkland formula, 4 × 70 × 40 = 11.2 L."),
        ("", "180 / 60 minutes per hour = 3."),
        ("", "The ratio is 3:1 = 75%, at 8:30 + 2 hours = 10:30."),
    ],
)
def test_other_quantities_and_other_moments_raise_no_alarm(problem: str, text: str) -> None:
    assert verdict(text, problem) != "refuted"


def test_two_pressures_in_one_figure_are_read() -> None:
    problem = "A man of 55 has a blood pressure of 150/90 mm Hg."
    assert verdict("The MAP is 110 mmHg.", problem) == "supported"
    assert verdict("The MAP is 100 mmHg.", problem) == "refuted"
    assert verdict("The pulse pressure is 40 mmHg.", problem) == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "The patient weighs 70 kg, so a bolus of 80 units/kg is 5600 units of heparin.",
        "The anion gap is 140 - (104 + 14) = 22, so the acidosis is a high-gap one.",
        "By Winter's formula the expected pCO2 is 1.5 × 14 + 8 = 29 ± 2 mmHg.",
        "A 5 kg infant needs 100 mL/kg/day, that is 500 mL per day or roughly 21 mL/h.",
        "By the 4-2-1 rule, a 25 kg child gets 40 + 20 + 5 = 65 mL/h.",
        "Half of 8.4 L over 8 hours is 525 mL/h.",
        "MAP = (120 + 2 × 80)/3 = 93 mmHg.",
        "BP 90/60 means a MAP of 70 mmHg.",
        "The BMI is 95 kg / (1.75 m)^2 = 31 kg/m2, class I obesity.",
        "CrCl = (140 - 68) × 60 / (72 × 1.4) × 0.85 = 36 mL/min.",
        "The A-a gradient on room air is 150 - 40/0.8 - 60 = 40 mmHg, which is widened.",
        "Each 240 mg/5 mL teaspoon, so 360 mg is 7.5 mL.",
        "The tablets are 250 mg; 750 mg is three tablets.",
        "1 g of ceftriaxone in 10 mL gives 100 mg/mL.",
        "A 1:1000 solution of epinephrine is 1 mg/mL, so 0.3 mg is 0.3 mL.",
        "A 2% lidocaine solution holds 20 mg/mL; 4.5 mg/kg × 60 kg = 270 mg, i.e. 13.5 mL.",
        "Dopamine at 5 mcg/kg/min for 80 kg is 400 mcg/min = 24 mg/h.",
        "98.6 °F is 37 °C, so a temperature of 39.4 °C (102.9 °F) is a clear fever.",
        "His LDL by Friedewald is 220 - 45 - 150/5 = 145 mg/dL.",
        "FENa = (20 × 1.2)/(140 × 60) = 0.29 %, which favours prerenal disease.",
        "A QT of 400 ms at a rate of 60 gives a QTc of 400 ms.",
        "The ejection fraction is (120 - 50)/120 = 58 %.",
        "With a stroke volume of 70 mL and a rate of 72, the cardiac output is about 5 L/min.",
        "The sensitivity is 90/(90 + 10) = 0.9 and the specificity is 80/100 = 80 %.",
        "PPV = 0.1 × 0.9 / (0.1 × 0.9 + 0.9 × 0.05) = 0.09/0.135 = 67 %.",
        "Absolute risk falls from 4 % to 3 %, an ARR of 1 % and an NNT of 100.",
        "An INR of 9 without bleeding: hold warfarin and give 2.5 mg of vitamin K by mouth.",
        "Her weight fell from 80 kg to 72 kg, a loss of 10 %.",
        "She drank 2 glasses of wine (24 g of alcohol) a day for 20 years.",
        "The MELD is 24 today and was 18 last month.",
        "GCS 3 + 4 + 5 = 12, so no intubation for the GCS alone.",
        "Osmolality = 2 × 140 + 180/18 + 28/2.8 = 300 mOsm/kg; measured 330, so the gap is 30.",
        "A pH of 7.20 corresponds to 63 nmol/L of hydrogen ions.",
        "Body surface area by Mosteller: sqrt(170 × 70 / 3600) = 1.82 m2.",
        "20 mL/kg × 12 kg = 240 mL of normal saline over 20 minutes, which is 720 mL/h.",
        "Acetaminophen 150 mg/kg is the toxic dose, here 150 × 50 = 7.5 g.",
        "10 units of insulin in 100 mL at 0.1 units/kg/h for 70 kg runs at 70 mL/h.",
        "He takes 5 mg twice daily (10 mg/day), with a maximum of 20 mg/day.",
        "She is G3P2 at 32 weeks and 4 days, so 228 days from her last period.",
        "Pack-years: 1.5 packs × 20 years = 30.",
        "After 3 half-lives of 8 hours, one eighth or 12.5 % of the drug is left.",
        "The loading dose is Vd × C = 0.7 L/kg × 60 kg × 10 mg/L = 420 mg.",
    ],
)
def test_what_clinicians_write_is_not_refuted(text: str) -> None:
    assert verdict(text) in (None, "supported")
