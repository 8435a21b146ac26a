"""The warm start: a ranker of steps by risk, learnt from expert labels of any origin."""

from triage.ranking.case import Case
from triage.ranking.fit import LEAST_LABELS, Example, Fitted, fit_model
from triage.ranking.model import Model, Ranker
from triage.ranking.rank import rank, rank_all

__all__ = [
    "LEAST_LABELS",
    "Case",
    "Example",
    "Fitted",
    "Model",
    "Ranker",
    "fit_model",
    "rank",
    "rank_all",
]
