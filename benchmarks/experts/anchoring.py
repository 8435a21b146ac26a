"""How surely planted wrong proposals reveal an expert who adopts what the machine says.

Run: python -m benchmarks.experts.anchoring [repeats]

An expert answers 500 steps and sees the machine's label after each. On a random share of them a
wrong label is planted whose truth is known. The expert errs in 7 % of first answers; of wrong
proposals that differ from the answer it adopts the stated share.
"""

import sys

import numpy as np

from triage.agreement import GoldLabel, SecondThought, anchoring
from triage.records import LABELS

LABELLED, SLIPS = 500, 0.07
PLANTED = (0.03, 0.06, 0.1)
ADOPTED = (0.0, 0.1, 0.2, 0.4, 0.6)


def expert(
    rng: np.random.Generator, planted: float, adopts: float
) -> tuple[list[SecondThought], list[GoldLabel]]:
    """Answers before and after the reveal, and the truth of the planted steps."""
    thoughts, gold = [], []
    for step in range(LABELLED):
        truth = LABELS[int(rng.integers(4))]
        others = [label for label in LABELS if label is not truth]
        first = others[int(rng.integers(3))] if rng.random() < SLIPS else truth
        machine = others[int(rng.integers(3))] if rng.random() < planted else truth
        wrong = machine is not truth
        if wrong:
            gold.append(GoldLabel("t", step, truth))
        over = first is not machine and rng.random() < (adopts if wrong else 0.9)
        thoughts.append(SecondThought("ann", "t", step, first, machine if over else first, machine))
    return thoughts, gold


def main() -> None:
    """Print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    rng = np.random.default_rng(18)
    print(f"{repeats} experts of {LABELLED} labels each; share called anchored (standard error)")
    print("planted  " + "".join(f"adopts {share:<12.0%}" for share in ADOPTED))
    for planted in PLANTED:
        cells = []
        for adopts in ADOPTED:
            found = [bool(anchoring(*expert(rng, planted, adopts))[1].anchored)
                     for _ in range(repeats)]  # fmt: skip
            share = float(np.mean(found))
            cells.append(f"{share:.3f} ({np.sqrt(share * (1 - share) / repeats):.3f})")
        print(f"{planted:7.0%}  " + "".join(f"{cell:<19}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
