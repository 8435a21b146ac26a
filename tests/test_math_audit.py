"""The audited disagreements with the labels, recomputed by another library."""

import json
from pathlib import Path

import pytest
import sympy
from triage_math.confidence import CONFIDENCE, UNFITTED

ROWS = json.loads((Path(__file__).parent.parent / "benchmarks" / "math_audit.json").read_text())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['trace']}-{row['step']}")
def test_what_the_trace_states_is_not_what_comes_out(row: dict[str, str]) -> None:
    recomputed, stated = sympy.sympify(row["recomputed"]), sympy.sympify(row["stated"])
    assert sympy.simplify(recomputed - stated) != 0
    assert row["why"]


def test_a_trace_and_step_is_audited_once() -> None:
    keys = [(row["trace"], row["step"]) for row in ROWS]
    assert len(keys) == len(set(keys))


def test_confidences_are_fitted_and_never_certain() -> None:
    assert all(0.5 < value < 1.0 for value in (*CONFIDENCE.values(), UNFITTED))
    assert len(set(CONFIDENCE.values())) > 1
