"""Human labels saved on real reward models at a promise on the total error of the batch.

Run: TRIAGE_DATA=folder python -m benchmarks.guarantee.real [resamples]

300 labels in all, no training: steps are ranked by how sure the mean of the eight models is. PAC
labels (Candes, Ilyas, Zrnic 2025, written anew) and the total cut draw from the whole batch, so
neither chooses anything after seeing a label. Steps labelled by people are not saved.
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.guarantee.orders import ScoredSteps, scored_steps
from benchmarks.guarantee.simulator import Flags
from triage.guarantee import plan_cut
from triage.guarantee.simulate import simulate_cut

LABELS, DELTA = 300, 0.05


class Saved(NamedTuple):
    """Share of the batch that no human labelled, and the true total error share."""

    share: float
    error: float


def betting_test(marks: Flags, level: float, delta: float) -> bool:
    """Whether a betting test rules out a mean of `level` or more (Waudby-Smith, Ramdas 2024)."""
    capital, total, square = 0.0, 0.5, 0.25
    for place, mark in enumerate(marks.astype(float), start=1):
        mean, variance = total / place, square / place
        bet = min(np.sqrt(2 * np.log(1 / delta) / (variance * len(marks))), 0.75 / (1.0 - level))
        capital += np.log1p(-bet * (mark - level))
        if capital >= np.log(1 / delta):
            return True
        total += mark
        square += (mark - mean) ** 2
    return False


def pac_labels(steps: ScoredSteps, epsilon: float, rng: np.random.Generator) -> Saved:
    """The largest uncertainty below which machine labels keep the total error under epsilon."""
    mean = steps.scores.mean(axis=1)
    doubt = 0.5 - np.abs(mean - 0.5)
    wrong = (mean >= 0.5) != steps.valid
    drawn = rng.integers(0, len(doubt), LABELS)
    grid = np.quantile(doubt, np.linspace(0, 1, 201))
    low, high = 0, len(grid)  # the loss grows with the threshold: find the last that passes
    while low < high:
        middle = (low + high) // 2
        marks = wrong[drawn] & (doubt[drawn] <= grid[middle])
        low, high = (middle + 1, high) if betting_test(marks, epsilon, DELTA) else (low, middle)
    machine = doubt <= grid[low - 1] if low else np.zeros(len(doubt), dtype=bool)
    machine[drawn] = False
    return Saved(float(machine.mean()), float((wrong & machine).mean()))


def budget_cut(steps: ScoredSteps, epsilon: float, rng: np.random.Generator) -> Saved:
    """The total cut over the whole batch, over the same mean score."""
    wrong = steps.verdict_order
    plan = plan_cut(items=len(wrong), alpha=epsilon, delta=DELTA, labels=LABELS, target="total")
    outcome, left = simulate_cut(plan, wrong, rng)
    return Saved(outcome.machine_only / len(wrong), left / len(wrong))


def main() -> None:
    """Print the table."""
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("set TRIAGE_DATA to the folder of the public sets")
    resamples = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    steps = scored_steps(Path(folder))
    print(f"{len(steps.valid)} steps, {(~steps.valid).sum()} invalid, {resamples} resamples")
    print("total error  procedure   saved +- s.e.  promise broken")
    for epsilon in (0.02, 0.05, 0.10):
        for name, procedure in (("PAC labels", pac_labels), ("total cut", budget_cut)):
            rng = np.random.default_rng(int(1_000 * epsilon))
            rows = [procedure(steps, epsilon, rng) for _ in range(resamples)]
            saved = np.array([row.share for row in rows])
            broken = np.mean([row.error > epsilon for row in rows])
            print(
                f"{epsilon:11.2f}  {name:10s}  {saved.mean():.3f}"
                f" {saved.std() / np.sqrt(resamples):.3f}     {broken:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
