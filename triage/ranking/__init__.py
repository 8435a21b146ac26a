"""The warm start: a ranker of steps by risk, learnt from expert labels of any origin."""

from typing import TYPE_CHECKING

from triage.runtime.late import late

if TYPE_CHECKING:
    from triage.ranking.applying import rank, rank_all
    from triage.ranking.fit import LEAST_LABELS, Example, Fitted, fit_model
    from triage.ranking.model import Model, Ranker

__all__ = [
    "LEAST_LABELS",
    "Example",
    "Fitted",
    "Model",
    "Ranker",
    "fit_model",
    "rank",
    "rank_all",
]

if not TYPE_CHECKING:  # a type checker must see which names there are
    __getattr__ = late(
        __name__,
        {
            "fit": ("LEAST_LABELS", "Example", "Fitted", "fit_model"),
            "model": ("Model", "Ranker"),
            "applying": ("rank", "rank_all"),
        },
    )
