"""The confidence of the math plugin's flags."""

from triage_math.confidence import CONFIDENCE, UNFITTED


def test_confidences_are_fitted_and_never_certain() -> None:
    assert all(0.5 < value < 1.0 for value in (*CONFIDENCE.values(), UNFITTED))
    assert len(set(CONFIDENCE.values())) > 1
