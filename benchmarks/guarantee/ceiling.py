"""What no plan for one draw can exceed on the simulated panel: labels placed by the true risks.

Run: python -m benchmarks.guarantee.ceiling [batches]

The true risk at every rank is taken from many batches. The sample is drawn from so many zones as
stated, each as densely as is best for these risks, and the prefix is the longest whose typical
sample (as many errors as expected) shows that it keeps the promise. A real plan knows none of this.
"""

import sys

import numpy as np
from sklearn.isotonic import IsotonicRegression

from benchmarks.guarantee.material.simulator import Floats, ranked_batches

ALPHA, ITEMS, CRITICAL = 0.02, 20_000, 1.645
LABELS = (500, 1_000, 1_500, 2_000, 3_000)
ZONES = (1, 2, 3, 50)


def saved(risks: Floats, labels: int, zones: int) -> float:
    """Share of the batch accepted without a label, at the best prefix."""
    best = 0
    for reach in range(len(risks) // 4, len(risks), 100):
        inside = risks[:reach]
        # neighbouring ranks with the same sum of standard deviations make a zone
        place = np.sqrt(inside).cumsum()
        zone = np.minimum((place / place[-1] * zones).astype(int), zones - 1)
        wrong, steps = np.bincount(zone, inside), np.bincount(zone)
        dense = np.sqrt(wrong * steps)
        drawn = np.minimum(steps, labels * dense / dense.sum())
        rate = drawn / steps
        ratio = float((wrong * (1 - rate) / rate).sum() / wrong.sum())
        half = CRITICAL**2 * ratio / 2
        bound = wrong.sum() + half + CRITICAL * np.sqrt(ratio * (wrong.sum() + half / 2))
        if bound - (wrong * rate).sum() <= ALPHA * (reach - labels):
            best = max(best, reach - labels)
    return best / len(risks)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    mean = np.mean([batch.wrong for batch in ranked_batches(count, seed=2_101)], axis=0)
    blocks = mean.reshape(-1, 100).mean(axis=1)
    rising = IsotonicRegression().fit_transform(np.arange(len(blocks)), blocks)
    risks = np.repeat(np.maximum(rising, 5e-4), 100)
    print(f"{count} batches of {ITEMS} steps, alpha {ALPHA:.0%}: saved at most, by zones")
    print("labels  " + "".join(f"{zones:>6d}" for zones in ZONES))
    for labels in LABELS:
        cells = "".join(f"{saved(risks, labels, zones):6.3f}" for zones in ZONES)
        print(f"{labels:6d}  {cells}", flush=True)


if __name__ == "__main__":
    main()
