"""Judges' error rates from their agreement alone, by Dawid and Skene (1979), for two classes."""

from collections.abc import Mapping
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from triage.records import Record

Floats = NDArray[np.float64]

_ROUNDS: Final = 50
_PSEUDO: Final = 1.0
"""Steps of each kind that every judge is taken to have judged before."""
_MOST: Final = 8.0
"""Largest log-odds that are believed: judges are taken for independent here, and are not."""


class DawidSkene(Record):
    """What judges are worth, by name: how often they call invalid what is, and what is not.

    A feature among others. Judges err together, so its posterior is far too sure to gate anything.
    """

    prior: float
    hit: Mapping[str, float]
    false_alarm: Mapping[str, float]

    @classmethod
    def fit(cls, votes: Floats, judges: tuple[str, ...]) -> Self:
        """Expectation maximisation from the judges' majority.

        Args:
            votes: Steps by judges: 1 invalid, 0 valid, NaN silent.
        """
        said = ~np.isnan(votes)
        yes = np.nan_to_num(votes)
        count = said.sum(axis=1)
        invalid = (yes.sum(axis=1) + 0.2) / (count + 1.0)
        prior, hit, alarm = 0.15, np.full(len(judges), 0.7), np.full(len(judges), 0.1)
        for _ in range(_ROUNDS if len(votes) else 0):
            weight = said * invalid[:, None]
            other = said * (1 - invalid)[:, None]
            hit = (yes * weight).sum(axis=0) + 0.7 * _PSEUDO
            hit /= weight.sum(axis=0) + _PSEUDO
            alarm = (yes * other).sum(axis=0) + 0.1 * _PSEUDO
            alarm /= other.sum(axis=0) + _PSEUDO
            prior = float((invalid.sum() + 0.15 * _PSEUDO) / (len(votes) + _PSEUDO))
            log_odds = _log_odds(yes, said, prior, _inside(hit), _inside(alarm))
            invalid = 1 / (1 + np.exp(-log_odds))
        return cls(
            prior=float(_inside(np.array(prior))),
            hit=dict(zip(judges, map(float, _inside(hit)), strict=True)),
            false_alarm=dict(zip(judges, map(float, _inside(alarm)), strict=True)),
        )

    def log_odds(self, votes: Floats, judges: tuple[str, ...]) -> Floats:
        """Log-odds that each step is invalid; `votes` as in `fit`."""
        hit = np.array([self.hit[judge] for judge in judges])
        alarm = np.array([self.false_alarm[judge] for judge in judges])
        return _log_odds(np.nan_to_num(votes), ~np.isnan(votes), self.prior, hit, alarm)


def _inside(share: Floats) -> Floats:
    inside: Floats = np.clip(share, 0.001, 0.999)
    return inside


def _log_odds(
    yes: Floats, said: NDArray[np.bool_], prior: float, hit: Floats, alarm: Floats
) -> Floats:
    for_invalid = yes @ np.log(hit / alarm) + (said - yes) @ np.log((1 - hit) / (1 - alarm))
    log_odds: Floats = np.clip(np.log(prior / (1 - prior)) + for_invalid, -_MOST, _MOST)
    return log_odds
