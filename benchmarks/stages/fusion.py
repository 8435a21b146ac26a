"""What fusion is worth on real judges and real reward models, and how fast it is.

Usage: TRIAGE_DATA=folder python benchmarks/stages/fusion.py [judges] [rewards]

judges   apb_hotpotqa: 20 blind judges; valid or not; learn-then-test with half of the steps as
         labels. A ranking is better if more steps can be accepted at the same promise.
rewards  mrgsm8k_wrong, mrmath_invalid, mrmath_redundant: 8 reward models; validity up to the first
         error; 300 expert labels in all; total error. Beside it PAC labels
         (Candès, Ilyas and Zrnic 2025, arXiv 2506.10908) with as many labels, re-implemented.

Every figure is a mean over 200 resamples with fixed seeds, with its standard error.
"""

import math
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from triage.deciding.fuse import fuse
from triage.deciding.route import answer_verdict
from triage.guarantee import plan_cut
from triage.guarantee.choosing.simulate import simulate_cut
from triage.ingest import Ingested, IngestOptions, read_traces
from triage.propose.outside import outside_findings
from triage.ranking.dawid_skene import DawidSkene
from triage.records import AnswerVerdict, Findings, Proposal, Trace, Validity

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
RESAMPLES = 200
SEEDS = range(1_000, 1_000 + RESAMPLES)
DELTA = 0.05


class Ranking(NamedTuple):
    """Predicted risk of each step and whether the machine is wrong there."""

    risk: Floats
    wrong: Flags

    def order(self, seed: int = 0) -> NDArray[np.int64]:
        """Steps from the safest on, ties at random."""
        tie = np.random.default_rng(seed).random(len(self.risk))
        return np.lexsort((tie, self.risk))


def traces(folder: Path, name: str) -> list[Trace]:
    """The traces of one set."""
    items = read_traces([str(folder / f"{name}.jsonl")], IngestOptions())
    return [item.trace for item in items if isinstance(item, Ingested)]


def chosen(trace: Trace, keep: Callable[[Proposal], bool]) -> Findings:
    """What the sources that are wanted said."""
    return Findings(proposals=tuple(p for p in outside_findings(trace).proposals if keep(p)))


def learn_then_test(ranking: Ranking, alpha: float, seed: int) -> tuple[float, bool]:
    """Coverage certified with half of the steps labelled, and whether its true error is too high.

    The sequence of coverages begins where three times the labels are expected that would do
    without any error, and goes on in steps of .05 until the first that can't be certified.
    """
    random, count = np.random.default_rng(seed), len(ranking.risk)
    order = ranking.order(seed)
    labelled = np.zeros(count, dtype=bool)
    labelled[random.choice(count, count // 2, replace=False)] = True
    least = math.ceil(math.log(DELTA) / math.log(1 - alpha))
    accepted = 0
    for coverage in np.arange(min(1.0, 3 * least / (count // 2)), 1.0001, 0.05):
        prefix = order[: round(coverage * count)]
        seen = prefix[labelled[prefix]]
        if binom.cdf(ranking.wrong[seen].sum(), len(seen), alpha) > DELTA:
            break
        accepted = len(prefix)
    risk = ranking.wrong[order[:accepted]].mean() if accepted else 0.0
    return accepted / count, bool(risk > alpha)


def judges(folder: Path) -> None:
    """Fusion of real judges against voting and single judges."""
    rows = [t for t in traces(folder, "apb_hotpotqa") if t.human and t.human.step_labels]
    truth = np.array(
        [word is not None and word.validity is Validity.INVALID
         for t in rows for word in (t.human.step_labels if t.human else None) or ()]
    )  # fmt: skip
    names = sorted({p.source for t in rows for p in t.proposals if not p.saw_reference})
    votes = np.full((len(truth), len(names)), np.nan)
    start = 0
    for trace in rows:
        for p in chosen(trace, lambda p: not p.saw_reference).proposals:
            votes[start + p.step, names.index(p.source)] = p.validity is Validity.INVALID
        start += len(trace.steps)
    model = DawidSkene.fit(votes, tuple(names))
    worth = {name: model.hit[name] - model.false_alarm[name] for name in names}
    panel = set(sorted(names, key=lambda name: -worth[name])[:5])
    share = np.nanmean(votes, axis=1)
    rankings = {"plain voting": _by_share(share, truth)}
    for name in names:
        rankings[f"  {name}"] = _fused(rows, truth, {name}, answers=False)
    rankings["fused, 20 judges, answers unknown"] = _fused(rows, truth, set(names), answers=False)
    rankings["fused, 20 judges"] = _fused(rows, truth, set(names))
    rankings["fused, 5 judges chosen without labels"] = _fused(rows, truth, panel)
    print(f"\nreal judges: {len(truth)} steps, {truth.mean():.1%} invalid, {len(names)} judges")
    print(f"{'':<40}{'accuracy':>9}   coverage (violated) at 5 %   at 15 %")
    for name, ranking in rankings.items():
        cells = [_resampled(ranking, alpha) for alpha in (0.05, 0.15)]
        print(f"{name:<40}{1 - ranking.wrong.mean():9.3f}   " + "   ".join(cells), flush=True)
    print(f"panel: {', '.join(sorted(panel))}")


def _by_share(share: Floats, truth: Flags) -> Ranking:
    return Ranking(np.minimum(share, 1 - share), (share > 0.5) != truth)


def _fused(
    rows: Iterable[Trace], truth: Flags, panel: set[str], *, answers: bool = True
) -> Ranking:
    """The machine's claim on validity, and its risk once the answer's verdict is known."""
    risk, invalid = [], []
    for trace in rows:
        found = chosen(trace, lambda p: p.source in panel)
        answer = answer_verdict(trace, ()) if answers else AnswerVerdict.UNKNOWN
        for one in fuse(trace, found):
            wrong = one.given(answer).invalidity
            invalid.append(one.invalidity >= 0.5)
            risk.append(1 - wrong if invalid[-1] else wrong)
    return Ranking(np.array(risk), np.array(invalid) != truth)


def _resampled(ranking: Ranking, alpha: float) -> str:
    runs = [learn_then_test(ranking, alpha, seed) for seed in SEEDS]
    coverage = np.array([one for one, _ in runs])
    violated = np.mean([bad for _, bad in runs])
    error = coverage.std() / math.sqrt(RESAMPLES)
    return f"{coverage.mean():.3f} ± {error:.3f} ({violated:.3f})"


def budget_cut(ranking: Ranking, eps: float, labels: int, seed: int) -> tuple[int, int]:
    """Steps accepted without a label by the total cut over the whole batch, and how many are wrong.

    It chooses nothing after a label was seen: its zone is the batch.
    """
    wrong = ranking.wrong[ranking.order()]
    plan = plan_cut(items=len(wrong), alpha=eps, delta=DELTA, labels=labels, target="total")
    outcome, left = simulate_cut(plan, wrong, np.random.default_rng(seed))
    return outcome.machine_only, left


def pac_labels(ranking: Ranking, eps: float, labels: int, seed: int) -> tuple[int, int]:
    """PAC labels: the largest threshold whose total error a betting test keeps below eps."""
    random, count = np.random.default_rng(seed), len(ranking.risk)
    order = ranking.order()
    drawn = random.integers(0, count, labels)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    end = 0
    for stop in range(10, count + 1, 10):
        loss = (ranking.wrong[drawn] & (place[drawn] < stop)).astype(np.float64)
        if not _below(loss, eps):
            break
        end = stop
    prefix = order[:end]
    left = np.setdiff1d(prefix, drawn)
    return len(left), int(ranking.wrong[left].sum())


def _below(loss: Floats, eps: float) -> bool:
    """A betting test (Waudby-Smith and Ramdas 2024) of a mean of at least eps."""
    n = len(loss)
    before = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(loss)) / (before + 1)
    spread = (0.25 + np.cumsum((loss - mean) ** 2)) / (before + 1)
    spread = np.concatenate([[0.25], spread[:-1]])
    bets = np.minimum(np.sqrt(2 * math.log(1 / DELTA) / (n * spread)), 0.75 / (1 - eps))
    wealth = np.cumsum(np.log1p(-bets * (loss - eps)))
    return bool(wealth.max() >= math.log(1 / DELTA))


def rewards(folder: Path, labels: int = 300) -> None:
    """Fusion of reward models with the error-budget cut, against PAC labels."""
    invalid, truth = [], []
    single: dict[str, list[float]] = {}
    for name in ("mrgsm8k_wrong", "mrmath_invalid", "mrmath_redundant"):
        for trace in traces(folder, name):
            found = chosen(trace, lambda p: p.evidence.p_valid is not None)
            first = trace.human.first_error if trace.human else None
            end = len(trace.steps) if first is None else first + 1
            invalid += [one.invalidity for one in fuse(trace, found)[:end]]
            truth += [step == first for step in range(end)]
            for p in found.proposals:
                if p.step < end and p.evidence.p_valid is not None:
                    single.setdefault(p.source, []).append(1 - p.evidence.p_valid)
    ranked = {name: _by_share(np.array(p), np.array(truth)) for name, p in single.items()}
    best = min(ranked, key=lambda name: float(ranked[name].wrong.mean()))
    mean = _by_share(np.mean(list(single.values()), axis=0), np.array(truth))
    fused = _by_share(np.array(invalid), np.array(truth))
    print(f"\nreal reward models: {len(truth)} steps, {np.mean(truth):.1%} invalid, "
          f"{len(single)} models, {labels} labels in all")  # fmt: skip
    print(f"{'net labels saved (violated) at':<40}{'2 %':>20}{'5 %':>22}{'10 %':>22}")
    ways: dict[str, Callable[[float, int], tuple[int, int]]] = {
        f"PAC labels, {best}": lambda eps, seed: pac_labels(ranked[best], eps, labels, seed),
        "PAC labels, fused": lambda eps, seed: pac_labels(fused, eps, labels, seed),
        f"error-budget cut, {best}": lambda eps, seed: budget_cut(ranked[best], eps, labels, seed),
        "error-budget cut, mean of the models": lambda eps, seed: budget_cut(
            mean, eps, labels, seed
        ),
        "error-budget cut, fused": lambda eps, seed: budget_cut(fused, eps, labels, seed),
    }
    for name, way in ways.items():
        cells = []
        for eps in (0.02, 0.05, 0.10):
            runs = [way(eps, seed) for seed in SEEDS]
            saved = np.array([kept for kept, _ in runs]) / len(truth)
            bad = np.mean([wrong > eps * len(truth) for _, wrong in runs])
            cells.append(
                f"{saved.mean():.3f} ± {saved.std() / math.sqrt(RESAMPLES):.3f} ({bad:.3f})"
            )
        print(f"{name[:39]:<40}" + "  ".join(f"{cell:>20}" for cell in cells), flush=True)


def main() -> None:
    """Run the parts that are named, or all."""
    parts = sys.argv[1:] or ["judges", "rewards"]
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("TRIAGE_DATA does not point to the public sets")
    for part in parts:
        if part == "judges":
            judges(Path(folder))
        else:
            rewards(Path(folder))


if __name__ == "__main__":
    main()
