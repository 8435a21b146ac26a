"""Error orders on which a promise is tried: where the wrong steps lie, from safest to riskiest."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

ORDERS = ("uniform", "ramp", "cliff", "clustered")
REDRAWS = 3_000


def order(kind: str, items: int, wrong: int, rng: np.random.Generator) -> Flags:
    """A batch of `items` steps, `wrong` of them wrong, laid out as `kind` says."""
    place = np.arange(items) / items
    if kind == "uniform":
        weight = np.ones(items)
    elif kind == "ramp":
        weight = place**2
    elif kind == "cliff":
        weight = np.where(place > 0.6, 1.0, 1e-6)
    elif kind == "clustered":
        weight = np.where((np.arange(items) // 25) % 8 == 5, 1.0, 1e-3)
    else:
        raise ValueError(kind)
    errors = np.zeros(items, dtype=bool)
    errors[rng.choice(items, wrong, replace=False, p=weight / weight.sum())] = True
    return errors


def allowed(delta: float, redraws: int = REDRAWS) -> float:
    """Largest share of broken promises that chance explains: delta + 2 standard errors."""
    return float(delta + 2.0 * np.sqrt(delta * (1.0 - delta) / redraws))
