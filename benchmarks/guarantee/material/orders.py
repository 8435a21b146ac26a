"""Steps of public sets with their reward models' scores, up to the first error."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.guarantee.material.simulator import Flags, Floats

REWARD_MODEL_SETS = ("mrgsm8k_wrong", "mrmath_invalid", "mrmath_redundant")


class ScoredSteps(NamedTuple):
    """Human validity of steps and what reward models said of them.

    Attributes:
        scores: Chance that the step is valid, by step and model (N, J).
        valid: Human verdicts (N).
    """

    scores: Floats
    valid: Flags

    @property
    def verdict_order(self) -> Flags:
        """Where the mean score's verdict is wrong, from its surest step to its least sure."""
        mean = self.scores.mean(axis=1)
        order = np.argsort(-np.abs(mean - 0.5), kind="stable")
        return np.asarray(((mean >= 0.5) != self.valid)[order])


def scored_steps(folder: Path, names: tuple[str, ...] = REWARD_MODEL_SETS) -> ScoredSteps:
    """Every step up to the first error that all eight reward models scored."""
    scores, valid = [], []
    for name in names:
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row["human"].get("first_error_known"):
                continue
            judged = [judge["step_scores"] for judge in row["judges"] if judge.get("step_scores")]
            first = row["human"]["first_error"]
            steps = len(row["steps"]) if first is None else first + 1
            for step in range(steps):
                seen = [model[step] for model in judged]
                if None not in seen:
                    scores.append(seen)
                    valid.append(first is None or step < first)
    return ScoredSteps(np.array(scores, dtype=float), np.array(valid))
