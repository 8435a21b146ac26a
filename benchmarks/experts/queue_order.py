"""How much of the cost of errors is gone after a part of the experts' time, by order of the queue.

Usage: python -m benchmarks.experts.queue_order

The batches are those that the guarantee is measured on: simulated judges with the correlation of
real ones, three domains, 60, 120 and 180 seconds a step. The product fuses and ranks them, cold
and with a ranker that was fitted on an older batch of 2,000 labelled steps. Ten seeds.
"""

import numpy as np

from benchmarks.guarantee.material.simulator import STEPS, Batch, simulate
from triage.deciding.case import Case
from triage.deciding.fuse import FusedStep
from triage.deciding.order import COSTS, Waiting, Worth, in_order, turn
from triage.ranking import Example, fit_model, rank_all
from triage.records import (
    LABELS,
    Claim,
    ClaimVerdict,
    Evidence,
    Findings,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)

SECONDS = (60.0, 120.0, 180.0)
SEEDS = 10
STEPS_A_BATCH = 4000
SHARES = (0.05, 0.1, 0.2)


def examples(batch: Batch) -> list[Example]:
    """A simulated batch as the product sees it: proposals on the steps of traces."""
    made = []
    for start in range(0, len(batch.truth), STEPS):
        trace = Trace.model_validate(
            {"id": str(start), "problem": "p", "group": str(start),
             "domain": f"stratum {batch.stratum[start]}",
             "steps": [{"index": i, "text": "s"} for i in range(STEPS)]}
        )  # fmt: skip
        found = Findings(
            proposals=tuple(p for at in range(STEPS) for p in _proposals(batch, start + at, at))
        )
        truth = tuple(LABELS[k] for k in batch.truth[start : start + STEPS])
        case = Case.of(trace, found)
        made.append(Example(case, tuple(one.validity for one in truth), truth))
    return made


def _proposals(batch: Batch, row: int, at: int) -> list[Proposal]:
    said = []
    for judge, shares in enumerate(batch.shares[row]):
        label = LABELS[int(shares.argmax())]
        votes = {LABELS[k]: float(share) for k, share in enumerate(shares) if share > 0}
        said.append(
            Proposal(step=at, source=f"judge {judge}", label=label, validity=label.validity,
                     confidence=float(batch.confidence[row, judge]),
                     evidence=Evidence(votes=votes))
        )  # fmt: skip
    if batch.checker[row]:
        refuted = batch.checker[row] < 0
        verdict = ClaimVerdict.REFUTED if refuted else ClaimVerdict.SUPPORTED
        said.append(
            Proposal(step=at, source="checker", kind=SourceKind.CHECKER, confidence=0.98,
                     label=Label.INCORRECT if refuted else None,
                     validity=Validity.INVALID if refuted else None,
                     evidence=Evidence(claims=(Claim(kind="k", verdict=verdict),)))
        )  # fmt: skip
    return said


def gone(truth: list[Label], fused: list[FusedStep], seconds: list[float], order: list[int]
         ) -> list[float]:  # fmt: skip
    """Shares of the cost of errors that are gone after shares of the time for all steps."""
    cost = [
        COSTS[f.label].get(t, 0.0) if f.label else 0.0 for f, t in zip(fused, truth, strict=True)
    ]
    ordered = np.array(cost)[order]
    time = np.cumsum(np.array(seconds)[order])
    return [float(ordered[time <= share * time[-1]].sum() / ordered.sum()) for share in SHARES]


def orders(fused: list[FusedStep], seconds: list[float]) -> dict[str, list[int]]:
    """The orders that are compared."""
    distributions = [one.distribution or {} for one in fused]
    labels = [one.label or Label.NECESSARY for one in fused]
    cost = [
        Worth().value(shares, label, urgent=False)
        for shares, label in zip(distributions, labels, strict=True)
    ]
    timed = [
        Waiting(turn(Worth(seconds=each).value(shares, label, urgent=False), 0), at // STEPS)
        for at, (shares, label, each) in enumerate(zip(distributions, labels, seconds, strict=True))
    ]
    chance = np.random.default_rng(0).random(len(fused))
    return {
        "random": np.argsort(chance).tolist(),
        "risk": np.argsort([-one.risk for one in fused], kind="stable").tolist(),
        "expected cost": np.argsort([-one for one in cost], kind="stable").tolist(),
        "expected cost per second": in_order([one._replace(problem=at) for at, one in
                                              enumerate(timed)]),
        "the same, with variety": in_order(timed),
    }  # fmt: skip


def main() -> None:
    """Print the share of the cost that is gone, and the machine's error."""
    results: dict[str, list[list[float]]] = {}
    wrong: dict[str, list[float]] = {}
    for seed in range(100, 100 + SEEDS):
        random = np.random.default_rng(seed)
        model = fit_model(examples(simulate(2000, random))).model
        batch = simulate(STEPS_A_BATCH, random)
        cases = [one.case for one in examples(batch)]
        truth = [LABELS[k] for k in batch.truth]
        seconds = [SECONDS[k] for k in batch.stratum]
        starts = {"cold": [step for case in cases for step in case.cold]}
        if model.ranker is not None:
            starts["warm"] = [step for of in rank_all(model.ranker, cases) for step in of]
        for start, fused in starts.items():
            errors = [one.label is not label for one, label in zip(fused, truth, strict=True)]
            wrong.setdefault(start, []).append(float(np.mean(errors)))
            for name, order in orders(fused, seconds).items():
                of_name = results.setdefault(f"{start}: {name}", [])
                of_name.append(gone(truth, fused, seconds, order))
    print({start: f"{np.mean(found):.3f} wrong" for start, found in wrong.items()})
    heads = "".join(f"{f'{share:.0%}':>16}" for share in SHARES)
    print(f"{'cost gone after':<34}{heads}  of the time for all steps")
    for name, runs in results.items():
        mean, error = np.mean(runs, axis=0), np.std(runs, axis=0) / np.sqrt(len(runs))
        cells = [f"{m:.3f} ± {e:.3f}" for m, e in zip(mean, error, strict=True)]
        print(f"{name:<34}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
