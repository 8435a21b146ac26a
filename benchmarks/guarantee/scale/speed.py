"""CPU seconds and memory to plan, draw, certify and verify.

Run: python -m benchmarks.guarantee.scale.speed [steps]
"""

import resource
import sys
import time

import numpy as np

from triage.guarantee import certify, choose_plan, draw, rank_order, verify


def main() -> None:
    """Print the table."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rng = np.random.default_rng(0)
    risks = 0.75 * rng.random(steps) ** 5
    start = time.process_time()

    def lap(what: str) -> None:
        nonlocal start
        print(f"{what:24s} {time.process_time() - start:7.2f} s", flush=True)
        start = time.process_time()

    order = rank_order(risks, [f"t{step}" for step in range(steps)], salt="speed")
    lap(f"rank {steps} steps")
    plan = choose_plan(risks, alpha=0.02, delta=0.05, labels=3_000).plan
    lap("choose a plan")
    wrong = rng.random(steps)[order] < risks[order]
    ranks = draw(plan, 1)
    lap("draw")
    certificate = certify(plan, 1, {rank: bool(wrong[rank]) for rank in ranks})
    lap("certify")
    verify(certificate.model_dump_json())
    lap("verify")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(certificate.claim)
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
