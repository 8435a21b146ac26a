"""Displayed probabilities: made honest by labels, measured, and never a gate."""

from triage.calibration.curves import Curve, Isotonic, Platt, fit_curve
from triage.calibration.measures import (
    Bin,
    CalibrationReport,
    CoveragePoint,
    area_under_risk_coverage,
    calibration_report,
    risk_coverage,
)

__all__ = [
    "Bin",
    "CalibrationReport",
    "CoveragePoint",
    "Curve",
    "Isotonic",
    "Platt",
    "area_under_risk_coverage",
    "calibration_report",
    "fit_curve",
    "risk_coverage",
]
