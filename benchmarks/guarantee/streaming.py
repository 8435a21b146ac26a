"""How often a streaming promise is broken, and what it accepts of the steps to come.

Run: python -m benchmarks.guarantee.streaming [redraws]

Steps are drawn from a large population whose true risk below every score is known. Each time the
thresholds and the sample are planned anew from the steps seen so far, as `triage certify plan
--stream` does. One population has its scores rounded, so that many steps share one.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.guarantee.material.simulator import OLDER, Flags, Floats, Ranker, simulate
from triage.errors import UsageError
from triage.guarantee import certify_stream, draw, plan_stream

DELTA, SEEN = 0.05, 4_000


class Population(NamedTuple):
    """All steps that may come: predicted risks, ascending, and true errors."""

    name: str
    scores: Floats
    wrong: Flags

    def risk_to(self, threshold: float) -> float:
        """True share of wrong steps with a score up to a threshold."""
        return float(self.wrong[: int(np.searchsorted(self.scores, threshold, "right"))].mean())

    def share_to(self, threshold: float) -> float:
        """Share of the steps with a score up to a threshold."""
        return float(np.searchsorted(self.scores, threshold, "right")) / len(self.scores)


def populations() -> Iterator[Population]:
    """Made-up and simulated steps."""
    rng = np.random.default_rng(112)
    scores = np.sort(rng.random(200_000))
    yield Population("uniform errors", scores, rng.random(len(scores)) < 0.021)
    yield Population("ramp", scores, rng.random(len(scores)) < 0.12 * scores**2)
    yield Population("cliff", scores, rng.random(len(scores)) < np.where(scores > 0.6, 0.06, 0.001))
    ranked = Ranker(simulate(OLDER, rng)).rank(simulate(200_000, rng))
    yield Population("simulated panel", ranked.risk, ranked.wrong)
    yield Population("panel, scores rounded", np.round(ranked.risk, 2), ranked.wrong)


def main() -> None:
    """Print the table."""
    redraws = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    rng = np.random.default_rng(15)
    allowed = DELTA + 2 * np.sqrt(DELTA * (1 - DELTA) / redraws)
    print(f"{redraws} redraws, {SEEN} steps seen, delta {DELTA}, allowed up to {allowed:.4f}")
    print("promises broken  accepted  certified  alpha  labels  population")
    for population in populations():
        for alpha, labels in ((0.02, 1_000), (0.05, 300)):
            broken, accepted = [], []
            for seed in range(redraws):
                seen = np.sort(rng.choice(len(population.scores), SEEN, replace=False))
                scores, wrong = population.scores[seen], population.wrong[seen]
                try:
                    plan = plan_stream(scores, alpha=alpha, delta=DELTA, labels=labels)
                except UsageError:
                    broken.append(False)
                    accepted.append(0.0)
                    continue
                ranks = draw(plan, seed)
                found = certify_stream(
                    scores[ranks], wrong[ranks], thresholds=plan.thresholds, alpha=alpha,
                    delta=DELTA,
                )  # fmt: skip
                to = found.threshold
                broken.append(to is not None and population.risk_to(to) > alpha)
                accepted.append(0.0 if to is None else population.share_to(to))
            print(
                f"{np.mean(broken):15.4f}  {np.mean(accepted):8.3f}"
                f"  {np.mean(np.array(accepted) > 0):9.3f}  {alpha:5.2f}  {labels:6d}"
                f"  {population.name}",
                flush=True,
            )


if __name__ == "__main__":
    main()
