"""What a promise for every domain costs, and what a marginal one hides.

Run: python -m benchmarks.guarantee.domains [batches]
"""

import sys

import numpy as np

from benchmarks.guarantee.material.simulator import ranked_batches
from triage.guarantee import choose_plan, plan_strata
from triage.guarantee.choosing.simulate import kept_alone, simulate_cut

ALPHA, DELTA, LABELS, DRAWS = 0.02, 0.05, 3_000, 5


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rng = np.random.default_rng(17)
    saved: dict[str, list[float]] = {"each": [], "all": []}
    broken: dict[str, list[bool]] = {"each": [], "all": []}
    certified: dict[str, list[bool]] = {"each": [], "all": []}
    hidden = []
    for batch in ranked_batches(count, seed=131):
        parts = {str(number): batch.stratum == number for number in range(3)}
        risks = {name: batch.risk[inside] for name, inside in parts.items()}
        for claim in ("each", "all"):
            chosen = plan_strata(risks, alpha=ALPHA, delta=DELTA, labels=LABELS, claim=claim)
            for _ in range(DRAWS):
                alone, failed = 0, []
                for name, seen in chosen.forecasts.items():
                    wrong = batch.wrong[parts[name]]
                    outcome, left = simulate_cut(seen.plan, wrong, rng)
                    kept = kept_alone(seen.plan, outcome)
                    alone += kept
                    certified[claim].append(kept > 0)
                    failed.append(left > outcome.wrong_at_most)
                saved[claim].append(alone / len(batch.wrong))
                broken[claim].extend([any(failed)] if claim == "all" else failed)
        plan = choose_plan(batch.risk, alpha=ALPHA, delta=DELTA, labels=1_500).plan
        outcome, _ = simulate_cut(plan, batch.wrong, rng)
        if kept_alone(plan, outcome):
            reached = slice(0, outcome.accepted)
            hidden.append([batch.wrong[reached][part[reached]].mean() for part in parts.values()])
    print(f"{count} batches of 20000 steps, {LABELS} labels over 3 domains, alpha {ALPHA:.0%}")
    print("claim  saved +- s.e.  certified domains  promise broken")
    for claim, values in saved.items():
        by_batch = np.array(values).reshape(count, -1).mean(axis=1)
        print(
            f"{claim:5s}  {by_batch.mean():.3f} {by_batch.std() / np.sqrt(count):.3f}"
            f"      {np.mean(certified[claim]):.3f}            {np.mean(broken[claim]):.3f}"
        )
    risks_by_domain = ", ".join(f"{risk:.4f}" for risk in np.mean(hidden, axis=0))
    print(f"true risk by domain under one promise over the batch (1500 labels): {risks_by_domain}")


if __name__ == "__main__":
    main()
