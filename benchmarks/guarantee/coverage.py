"""How much of a batch is accepted, net of all labels, at a promise of 2 %.

Run: python -m benchmarks.guarantee.coverage [batches]

Every batch has a ranker of its own, fitted on an older batch; the plan is chosen for it before
the draw, from its predicted risks alone. Uncertified batches count as nothing saved.
"""

import sys

import numpy as np

from benchmarks.guarantee.material.baselines import Net, learn_then_test, plain_cut, usual_cut
from benchmarks.guarantee.material.simulator import Ranked, ranked_batches
from triage.errors import UsageError
from triage.guarantee import choose_plan
from triage.guarantee.choosing.simulate import kept_alone, simulate_cut

ALPHA, DELTA, ITEMS = 0.02, 0.05, 20_000
LABELS = (500, 1_000, 1_500, 3_000)
DRAWS = 5
"""Draws from every batch."""


def chosen(batch: Ranked, labels: int, rng: np.random.Generator) -> list[Net]:
    """What the planned certificate saves on this batch, over several draws."""
    try:
        plan = choose_plan(batch.risk, alpha=ALPHA, delta=DELTA, labels=labels, trials=80).plan
    except UsageError:
        return [Net(0.0, 0.0, broken=False)] * DRAWS
    nets = []
    for _ in range(DRAWS):
        outcome, left = simulate_cut(plan, batch.wrong, rng)
        alone = kept_alone(plan, outcome)
        strict = max(0, outcome.accepted - plan.labels) if alone else 0
        nets.append(Net(alone / ITEMS, strict / ITEMS, broken=left > outcome.wrong_at_most))
    return nets


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    batches = list(ranked_batches(count, seed=2_101))
    oracle = np.mean([batch.oracle(ALPHA) for batch in batches])
    print(f"{count} batches of {ITEMS} steps, alpha {ALPHA:.0%}, oracle coverage {oracle:.3f}")
    print("labels procedure          saved +- s.e.  strict  certified  promise broken")
    for labels in LABELS:
        rng = np.random.default_rng(labels)
        rows: dict[str, list[Net]] = {}
        for batch in batches:
            rows.setdefault("planned", []).extend(chosen(batch, labels, rng))
            for _ in range(DRAWS):
                for coverage in (0.60, 0.69):
                    plan = usual_cut(ITEMS, ALPHA, labels, coverage)
                    name = f"plain cut {coverage:.2f}"
                    rows.setdefault(name, []).append(plain_cut(batch, plan, rng, lenient=False))
                    rows.setdefault(f"{name} lenient", []).append(
                        plain_cut(batch, plan, rng, lenient=True)
                    )
                rows.setdefault("learn-then-test", []).append(
                    learn_then_test(batch, ALPHA, labels, rng)
                )
        for name, nets in rows.items():
            saved = np.array([net.alone for net in nets])
            strict = np.mean([net.strict for net in nets])
            error = saved.reshape(count, -1).mean(axis=1).std() / np.sqrt(count)
            broken = np.mean([net.broken for net in nets])
            print(
                f"{labels:6d} {name:22s} {saved.mean():.3f} {error:.3f}   {strict:.3f}"
                f"   {np.mean(saved > 0):.3f}      {broken:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
