"""What slips of experts cost, and what it does if they take over the machine's word.

Run: python -m benchmarks.guarantee.noise [batches]

Every blind label is wrong with the stated chance, independently. An adjudicator, who sees both
labels and the evidence and gives a reason, either never slips or slips as often as anybody else.
Then experts who see what the machine said pass the stated share of its errors, with second labels
and an adjudicator who never slips.
"""

import sys
from typing import NamedTuple

import numpy as np

from benchmarks.guarantee.material.simulator import Ranked, ranked_batches
from triage.guarantee import Plan, certify, choose_plan, draw, second_labels

ALPHA, DELTA, LABELS, DRAWS = 0.02, 0.05, 1_500, 4


class Slips(NamedTuple):
    """Chances that a label is wrong: where the machine is right, and where it is wrong."""

    on_right: float
    on_wrong: float


NEVER = Slips(0.0, 0.0)


def labelled(
    batch: Ranked, plan: Plan, seed: int, noise: Slips, adjudicator: Slips | None
) -> tuple[float, float, bool]:
    """Share accepted, extra labels per label, and whether the promise broke, of one draw.

    Args:
        noise: How often a label is wrong.
        adjudicator: How often an adjudicator is wrong; None for no second labels at all.
    """
    rng = np.random.default_rng([seed, int(1_000 * noise.on_wrong)])
    ranks = draw(plan, seed)
    truth = {rank: bool(batch.wrong[rank]) for rank in ranks}

    def say(rank: int, slips: Slips = noise) -> bool:
        return truth[rank] != bool(rng.random() < slips[truth[rank]])

    final = {rank: say(rank) for rank in ranks}
    extra = 0
    if adjudicator is not None:
        for rank in second_labels(plan, seed, final):
            extra += 1
            if say(rank) != final[rank]:
                extra += 1
                final[rank] = say(rank, adjudicator)
    seen = certify(plan, seed, final)
    if not seen.certified:
        return 0.0, extra / len(ranks), False
    inside = np.array([rank for rank in ranks if rank < seen.accepted])
    caught = sum(final[rank] and truth[rank] for rank in inside)
    left = int(batch.wrong[: seen.accepted].sum()) - caught
    return seen.accepted / plan.items, extra / len(ranks), left > seen.wrong_at_most


def main() -> None:
    """Print both tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    batches = list(ranked_batches(count, seed=199))
    plans = [
        choose_plan(b.risk, alpha=ALPHA, delta=DELTA, labels=LABELS, trials=80).plan
        for b in batches
    ]

    def row(name: str, noise: Slips, adjudicator: Slips | None) -> None:
        rows = [
            labelled(batch, plan, seed, noise, adjudicator)
            for batch, plan in zip(batches, plans, strict=True)
            for seed in range(DRAWS)
        ]
        share = np.array([row[0] for row in rows])
        error = share.reshape(count, -1).mean(axis=1).std() / np.sqrt(count)
        print(
            f"{name:24s}  {share.mean():.3f} {error:.3f}      {np.mean(share > 0):.3f}"
            f"      {np.mean([row[1] for row in rows]):.3f}"
            f"         {np.mean([row[2] for row in rows]):.3f}",
            flush=True,
        )

    print(f"{count} batches, {LABELS} labels, alpha {ALPHA:.0%}")
    print("noise  labels             accepted +- s.e.  certified  extra labels  promise broken")
    for share in (0.0, 0.01, 0.03, 0.05):
        noise = Slips(share, share)
        row(f"{share:.2f}   single", noise, None)
        row(f"{share:.2f}   adjudicated", noise, NEVER)
        row(f"{share:.2f}   adjudicator slips", noise, noise)
    print("share of the machine's errors that are passed")
    for share in (0.1, 0.2, 0.4):
        row(f"{share:.2f}   adjudicated", Slips(0.0, share), NEVER)


if __name__ == "__main__":
    main()
