"""Seconds and memory for all of it: fuse, rank, order, plan, draw, certify, verify.

Run: python -m benchmarks.guarantee.scale.whole [steps ...]

Each size runs in a process of its own. Steps, three judges' proposals and the fitted model are made
beforehand; boosted trees rank, as they do from 2,000 labels on. Memory is what is added to them.
"""

import multiprocessing
import os
import resource
import sys
import time

import numpy as np

from benchmarks.stages.fusion_speed import made_cases
from triage.deciding.fuse import FusedStep, fuse
from triage.deciding.order import Waiting, Worth, in_order
from triage.guarantee import certify, choose_plan, draw, rank_order, verify
from triage.ranking import fit_model, rank_all
from triage.records import Validity

CHUNK = 500
SIZES = (25_000, 50_000, 100_000)


def peak() -> float:
    """Largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(steps: int) -> None:
    """Print one row for each part."""
    examples = list(made_cases(steps))
    model = fit_model(examples[:500]).model
    if model.ranker is None:
        raise SystemExit("no ranker was fitted: nothing to measure")
    before = peak()
    began = lap_at = time.perf_counter()
    processor = time.process_time()
    laps: dict[str, float] = {}

    def lap(what: str) -> None:
        nonlocal lap_at
        now = time.perf_counter()
        laps[what], lap_at = now - lap_at, now

    for one in examples:
        fuse(one.case.trace, one.case.findings)
    lap("fuse")
    fused: list[FusedStep] = []
    for at in range(0, len(examples), CHUNK):
        cases = [one.case for one in examples[at : at + CHUNK]]
        fused += [step for of_trace in rank_all(model.ranker, cases) for step in of_trace]
    lap("rank")
    worth = Worth()
    in_order(
        [
            Waiting(worth.value(one.distribution or {}, one.label, urgent=False), at // 8)
            for at, one in enumerate(fused)
            if one.label
        ]
    )
    lap("order")
    risks = np.array([min(one.invalidity, 1 - one.invalidity) for one in fused])
    order = rank_order(risks, [f"t{at}" for at in range(len(fused))], salt="whole")
    plan = choose_plan(risks, alpha=0.02, delta=0.05, labels=1_500).plan
    lap("plan")
    truth = [word for one in examples for word in one.validity]
    wrong = [fused[at].validity is not truth[at] for at in order]
    ranks = draw(plan, 1)
    certificate = certify(plan, 1, {rank: wrong[rank] for rank in ranks})
    lap("sign")
    verify(certificate.model_dump_json())
    lap("verify")
    bad = sum(word is Validity.INVALID for word in truth)
    cells = "  ".join(f"{what} {seconds:5.2f}" for what, seconds in laps.items())
    print(
        f"{steps:7,} steps ({bad:,} invalid): {cells}  all {lap_at - began:5.2f} s,"
        f" {time.process_time() - processor:5.2f} of the processor;"
        f" {peak() - before:4.0f} MB over {before:,.0f} MB of steps;"
        f" {certificate.machine_only:,} accepted",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for steps in [int(word) for word in sys.argv[1:]] or SIZES:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(steps,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
