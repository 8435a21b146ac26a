"""How fast steps are fused and ranked: 100,000 made-up steps with three judges.

Usage: python benchmarks/stages/fusion_speed.py
"""

import time
from collections.abc import Iterator

import numpy as np

from triage.deciding.case import Case
from triage.deciding.fuse import fuse
from triage.ranking import Example, fit_model, rank_all
from triage.records import Findings, Proposal, Trace, Validity


def made_cases(steps: int) -> Iterator[Example]:
    """Made-up traces of eight steps with three judges, one much better than another."""
    random = np.random.default_rng(3)
    for number in range(steps // 8):
        bad = random.random(8) < 0.14
        trace = Trace.model_validate(
            {"id": f"t{number}", "problem": "p", "group": f"g{number // 2}",
             "steps": [{"index": i, "text": "s"} for i in range(8)], "final_answer": "1"}
        )  # fmt: skip
        proposals = []
        for judge, noise in (("a", 0.05), ("b", 0.15), ("c", 0.25)):
            flip = random.random(8) < noise
            for i in range(8):
                word = "incorrect" if bad[i] != flip[i] else "necessary"
                proposals.append(Proposal.model_validate(
                    {"step": i, "source": judge, "label": word, "confidence": 0.9}))  # fmt: skip
        found = Findings(proposals=tuple(proposals))
        case = Case.of(trace, found)
        validity = tuple(Validity.INVALID if one else Validity.VALID for one in bad)
        yield Example(case, validity, (None,) * 8)


def speed(steps: int = 100_000) -> None:
    """Seconds of one processor to fit on 4,000 labels, to fuse and to rank many steps."""
    examples = list(made_cases(steps))
    began = time.process_time()
    fitted = fit_model(examples[:500])
    fit = time.process_time() - began
    began = time.process_time()
    for example in examples:
        fuse(example.case.trace, example.case.findings)
    fusing = time.process_time() - began
    print(f"fitted on 4,000 labels in {fit:.1f} s ({fitted.model.why})")
    print(f"fused {steps:,} steps in {fusing:.1f} s")
    if fitted.model.ranker is not None:
        began = time.process_time()
        for at in range(0, len(examples), 500):
            rank_all(fitted.model.ranker, [one.case for one in examples[at : at + 500]])
        print(f"ranked {steps:,} steps in {time.process_time() - began:.1f} s")


if __name__ == "__main__":
    speed()
