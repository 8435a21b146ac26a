"""How often promises break over thousands of redraws, on made and on real error orders.

Run: TRIAGE_DATA=folder python -m benchmarks.guarantee.validity [redraws]

Real orders are steps of public sets up to the first error, ranked by the mean of the reward models'
scores; "wrong" is where that mean's verdict differs from the human label. A row is allowed
delta + 2 standard errors.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.guarantee.material.orders import REWARD_MODEL_SETS, scored_steps
from benchmarks.guarantee.material.simulator import Flags, ranked_batches
from triage.guarantee import Plan, Promise, plan_cut, plan_rising
from triage.guarantee.choosing.simulate import simulate_cut

DELTA = 0.05


def made_orders(items: int, rng: np.random.Generator) -> Iterator[tuple[str, Flags]]:
    """Uniform, ramp, cliff and clustered errors, so many that a promise of 2 % is hard to keep."""
    place = np.arange(items) / items
    weights = {
        "uniform": np.ones(items),
        "ramp": place**2,
        "cliff": np.where(place > 0.6, 1.0, 1e-6),
        "clustered": np.where((np.arange(items) // 50) % 8 == 5, 1.0, 1e-3),
    }
    for name, weight in weights.items():
        wrong = int(items * (0.03 if name in ("ramp", "cliff") else 0.021))
        errors = np.zeros(items, dtype=bool)
        errors[rng.choice(items, wrong, replace=False, p=weight / weight.sum())] = True
        yield name, errors


def plans(wrong: Flags, alpha: float, labels: int, stratum: str) -> Iterator[tuple[str, Plan]]:
    """Every procedure and target, set so that the cut falls inside its zone."""
    items = len(wrong)
    expected = wrong.cumsum()
    reach = int(np.flatnonzero(expected <= alpha * np.arange(1, items + 1)).max(initial=0)) + 1
    reach = max(reach, items // 2)
    coverage = min(1.0, 0.9 * reach / items)
    end = min(items, int(1.1 * reach))
    safe = int(0.6 * reach)
    for target in ("selective", "total"):
        yield (
            f"plain {target}",
            plan_cut(
                items=items, alpha=alpha, delta=DELTA, coverage=coverage, target=target,
                labels=min(labels, end), zone=end, stratum=stratum,
            ),
        )  # fmt: skip
        used = min(labels, end // 2)
        yield (
            f"rising {target}",
            plan_rising(
                Promise(items, alpha, DELTA, target, stratum),
                safe_zone=safe, zone=end, safe_labels=max(1, used // 2), labels=used,
                safe_errors=float(expected[safe]),
            ),
        )  # fmt: skip


def main() -> None:
    """Print the table."""
    redraws = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    allowed = DELTA + 2 * np.sqrt(DELTA * (1 - DELTA) / redraws)
    rng = np.random.default_rng(13)
    orders = [(name, wrong, 0.02, 1_500) for name, wrong in made_orders(20_000, rng)]
    batch = next(iter(ranked_batches(1, seed=14)))
    orders.append(("simulated panel", batch.wrong, 0.02, 1_500))
    orders += [
        (f"panel, stratum {number}", batch.wrong[batch.stratum == number], 0.04, 700)
        for number in range(3)
    ]
    folder = os.environ.get("TRIAGE_DATA")
    if folder:
        for names in (REWARD_MODEL_SETS, *((name,) for name in REWARD_MODEL_SETS)):
            wrong = scored_steps(Path(folder), names).verdict_order
            orders.append((" + ".join(names), wrong, 0.1, min(300, len(wrong) // 4)))
    else:
        print("TRIAGE_DATA is unset: the real orders are left out")
    print(f"{redraws} redraws, delta {DELTA}, allowed up to {allowed:.4f}")
    print("promises broken  procedure         order (steps, wrong)")
    worst = 0.0
    for name, wrong, alpha, labels in orders:
        for procedure, plan in plans(wrong, alpha, labels, name):
            broken = np.mean(
                [
                    left > outcome.wrong_at_most
                    for outcome, left in (simulate_cut(plan, wrong, rng) for _ in range(redraws))
                ]
            )
            worst = max(worst, float(broken))
            print(
                f"{broken:15.4f}  {procedure:16s}  {name} ({len(wrong)}, {wrong.sum()})",
                flush=True,
            )
    print(f"worst {worst:.4f}: {'within' if worst <= allowed else 'ABOVE'} what is allowed")


if __name__ == "__main__":
    main()
