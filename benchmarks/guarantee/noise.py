"""What slips of experts cost, with one label a step and with second labels and adjudication.

Run: python -m benchmarks.guarantee.noise [batches]

Every label, an adjudicator's too, is wrong with the stated chance, independently.
"""

import sys

import numpy as np

from benchmarks.guarantee.material.simulator import Ranked, ranked_batches
from triage.guarantee import Plan, certify, choose_plan, draw, second_labels

ALPHA, DELTA, LABELS, DRAWS = 0.02, 0.05, 1_500, 4


def labelled(
    batch: Ranked, plan: Plan, seed: int, noise: float, *, adjudicate: bool
) -> tuple[float, float, bool]:
    """Share accepted, extra labels per label, and whether the promise broke, of one draw."""
    rng = np.random.default_rng([seed, int(1_000 * noise)])
    ranks = draw(plan, seed)
    truth = {rank: bool(batch.wrong[rank]) for rank in ranks}

    def say(rank: int) -> bool:
        return truth[rank] != bool(rng.random() < noise)

    final = {rank: say(rank) for rank in ranks}
    extra = 0
    if adjudicate:
        for rank in second_labels(plan, seed, final):
            extra += 1
            if say(rank) != final[rank]:
                extra += 1
                final[rank] = say(rank)
    seen = certify(plan, seed, final)
    if not seen.certified:
        return 0.0, extra / len(ranks), False
    inside = np.array([rank for rank in ranks if rank < seen.accepted])
    caught = sum(final[rank] and truth[rank] for rank in inside)
    left = int(batch.wrong[: seen.accepted].sum()) - caught
    return seen.accepted / plan.items, extra / len(ranks), left > seen.wrong_at_most


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    batches = list(ranked_batches(count, seed=199))
    plans = [
        choose_plan(b.risk, alpha=ALPHA, delta=DELTA, labels=LABELS, trials=80).plan
        for b in batches
    ]
    print(f"{count} batches, {LABELS} labels, alpha {ALPHA:.0%}")
    print("noise  labels       accepted +- s.e.  certified  extra labels  promise broken")
    for noise in (0.0, 0.01, 0.03, 0.05):
        for adjudicate in (False, True):
            rows = [
                labelled(batch, plan, seed, noise, adjudicate=adjudicate)
                for batch, plan in zip(batches, plans, strict=True)
                for seed in range(DRAWS)
            ]
            share = np.array([row[0] for row in rows])
            error = share.reshape(count, -1).mean(axis=1).std() / np.sqrt(count)
            print(
                f"{noise:.2f}   {'adjudicated' if adjudicate else 'single':11s}"
                f"  {share.mean():.3f} {error:.3f}      {np.mean(share > 0):.3f}"
                f"      {np.mean([row[1] for row in rows]):.3f}"
                f"         {np.mean([row[2] for row in rows]):.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
