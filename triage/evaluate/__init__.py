"""Sources and triage measured against human labels; pure, one trace at a time.

`docs/evaluate.md` defines every measure.
"""

from triage.evaluate.evaluation import Evaluation
from triage.evaluate.results import (
    Auroc,
    Detection,
    EvaluationResult,
    LabelMetrics,
    ProcessBench,
    Rate,
    RateWithInterval,
    SourceMetrics,
    TriageMetrics,
)
from triage.evaluate.tables import render
from triage.evaluate.truth import Truth, truth_of

__all__ = [
    "Auroc",
    "Detection",
    "Evaluation",
    "EvaluationResult",
    "LabelMetrics",
    "ProcessBench",
    "Rate",
    "RateWithInterval",
    "SourceMetrics",
    "TriageMetrics",
    "Truth",
    "render",
    "truth_of",
]
