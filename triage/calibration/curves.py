"""Curves from a predicted probability to the one that is displayed; always rising.

A rising curve can't change which steps come before which: it changes what people read, never what
a certificate accepts.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from triage.records import Record

Floats = NDArray[np.float64]

LEAST: Final = 50
"""Fewest labels from which a curve is fitted at all."""
ISOTONIC_FROM: Final = 1000
"""Fewest labels for a curve of free form; below, two numbers must do."""
_ROUNDS: Final = 100


class Platt(Record):
    """A logistic curve of the log-odds (Platt 1999)."""

    kind: Literal["platt"] = "platt"
    slope: float = Field(gt=0)
    bias: float

    def display(self, probability: float) -> float:
        """The displayed probability."""
        inner = self.slope * float(_log_odds(np.array(probability))) + self.bias
        return float(_sigmoid(np.array(inner)))


class Isotonic(Record):
    """A rising curve through knots, straight between them (Zadrozny and Elkan 2002)."""

    kind: Literal["isotonic"] = "isotonic"
    predicted: tuple[float, ...]
    displayed: tuple[float, ...]

    def display(self, probability: float) -> float:
        """The displayed probability."""
        return float(np.interp(probability, self.predicted, self.displayed))


Curve = Annotated[Platt | Isotonic, Field(discriminator="kind")]


def fit_curve(predicted: Sequence[float], right: Sequence[bool]) -> Platt | Isotonic | None:
    """Fit the displayed probability that the machine is right.

    Args:
        predicted: Predicted probabilities, made for steps that the predictor was not trained on.
        right: Whether the machine was right on each.

    Returns:
        None if there are too few labels, all of one kind, or the prediction is of no use.
    """
    p = np.asarray(predicted, dtype=np.float64)
    hit = np.asarray(right, dtype=np.float64)
    usable = np.isfinite(p)
    p, hit = p[usable], hit[usable]
    if len(p) < LEAST or hit.min() == hit.max():
        return None
    return _platt(p, hit) if len(p) < ISOTONIC_FROM else _isotonic(p, hit)


def _platt(p: Floats, hit: Floats) -> Platt | None:
    x = np.stack([_log_odds(p), np.ones_like(p)], axis=1)
    positives = hit.sum()
    # Platt's targets: certainty is never learnt from few labels
    target = np.where(hit > 0, (positives + 1) / (positives + 2), 1 / (len(hit) - positives + 2))
    weights = np.array([1.0, 0.0])
    for _ in range(_ROUNDS):
        q = _sigmoid(x @ weights)
        slope = x.T @ (target - q) - 1e-3 * weights
        curvature = (x * (q * (1 - q))[:, None]).T @ x + 1e-3 * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    slope_, bias = map(float, weights)
    return Platt(slope=slope_, bias=bias) if slope_ > 0 else None


def _isotonic(p: Floats, hit: Floats) -> Isotonic:
    """Pool adjacent violators; each pool becomes a knot at its mean prediction."""
    values, place = np.unique(p, return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    mean = np.bincount(place, weights=hit) / weight
    pools: list[tuple[float, float, float]] = []
    for at, (x, y, w) in enumerate(zip(values, mean, weight, strict=True)):
        pools.append((float(x), float(y), float(w)))
        while at and len(pools) > 1 and pools[-2][1] >= pools[-1][1]:
            (x0, y0, w0), (x1, y1, w1) = pools[-2:]
            total = w0 + w1
            pools[-2:] = [((x0 * w0 + x1 * w1) / total, (y0 * w0 + y1 * w1) / total, total)]
    # a pool's rate is drawn to the middle by one label of each kind: no certainty from counts
    return Isotonic(
        predicted=tuple(x for x, _, _ in pools),
        displayed=tuple(
            float(one)
            for one in np.maximum.accumulate([(y * w + 1) / (w + 2) for _, y, w in pools])
        ),
    )


def _log_odds(p: Floats) -> Floats:
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    found: Floats = np.log(inside / (1 - inside))
    return found


def _sigmoid(x: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return found
