"""How much a panel of judges is worth: their errors' correlation and the judges it amounts to."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from triage.agreement.ratings import Floats
from triage.records import Record

_Item = TypeVar("_Item", bound=Hashable)

WORTH: Final = 0.1
"""Effective judges that a judge must add to be worth asking."""
_LEAST_SHARED: Final = 20
"""Labelled steps that two judges must share before their errors' correlation is said."""


class PanelMember(Record):
    """One judge of the panel.

    Attributes:
        steps: Labelled steps that the judge judged.
        accuracy: Share of them that it got right; None without any.
        adds: Effective judges that the panel has more with this judge than without.
        advice: What to do about it; None where the judge earns its place or nothing is known.
    """

    judge: str
    steps: int
    accuracy: float | None
    adds: float | None
    advice: str | None


class Panel(Record):
    """A panel of judges held against labelled steps.

    Attributes:
        correlation: Judges by judges, of their errors; None where too few steps are shared or
            one of the two was never (or always) wrong on them.
        mean_correlation: Mean over the pairs that have one.
        effective: Independent judges that the panel is worth, J / (1 + (J - 1) rho).
        same_wrong: Of the cases in which two judges are both wrong, the share in which they give
            the same wrong answer.
    """

    judges: tuple[PanelMember, ...]
    correlation: tuple[tuple[float | None, ...], ...]
    mean_correlation: float | None
    effective: float | None
    same_wrong: float | None
    both_wrong: int


def panel_of(
    answers: Mapping[str, Mapping[_Item, Hashable]], truth: Mapping[_Item, Hashable]
) -> Panel:
    """Hold each judge's answers against the truth, on the items whose truth is known.

    Args:
        answers: By judge, its answer to each item that it judged.
        truth: The right answer to each labelled item.
    """
    judges = sorted(answers)
    items = list(truth)
    errors = np.array(
        [
            [float(answers[j][i] != truth[i]) if i in answers[j] else np.nan for i in items]
            for j in judges
        ],
        dtype=np.float64,
    ).reshape(len(judges), len(items))
    correlation = _correlations(errors)
    both, same = _same_wrong(answers, truth, judges)
    everyone = list(range(len(judges)))
    effective = _effective(correlation, everyone)
    return Panel(
        judges=tuple(
            _member(judge, errors[at], correlation, at, effective)
            for at, judge in enumerate(judges)
        ),
        correlation=tuple(
            tuple(None if np.isnan(value) else float(value) for value in row) for row in correlation
        ),
        mean_correlation=_mean_correlation(correlation, everyone),
        effective=effective,
        same_wrong=same / both if both else None,
        both_wrong=both,
    )


def _correlations(errors: Floats) -> Floats:
    """Pearson correlations over the items that both judged; NaN where they say nothing."""
    judged = (~np.isnan(errors)).astype(np.float64)
    wrong = np.nan_to_num(errors)
    shared = judged @ judged.T
    together = wrong @ wrong.T
    first, second = wrong @ judged.T, judged @ wrong.T
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = first / shared, second / shared
        found = (together / shared - a * b) / np.sqrt(a * (1 - a) * b * (1 - b))
    found[(shared < _LEAST_SHARED) | ~np.isfinite(found)] = np.nan
    values: Floats = np.clip(found, -1.0, 1.0)
    return values


def _mean_correlation(correlation: Floats, judges: Sequence[int]) -> float | None:
    chosen = correlation[np.ix_(judges, judges)]
    pairs = chosen[np.triu_indices(len(judges), 1)]
    known = pairs[~np.isnan(pairs)]
    return float(known.mean()) if known.size else None


def _effective(correlation: Floats, judges: Sequence[int]) -> float | None:
    count = len(judges)
    if count < 2:
        return float(count) if count else None
    mean = _mean_correlation(correlation, judges)
    # errors that repel each other are luck of the sample: no panel is worth more than its size
    return None if mean is None else count / (1 + (count - 1) * max(mean, 0.0))


def _same_wrong(
    answers: Mapping[str, Mapping[_Item, Hashable]],
    truth: Mapping[_Item, Hashable],
    judges: Sequence[str],
) -> tuple[int, int]:
    both = same = 0
    for item, right in truth.items():
        wrong: dict[Hashable, int] = {}
        for judge in judges:
            answer = answers[judge].get(item, right)
            if answer != right:
                wrong[answer] = wrong.get(answer, 0) + 1
        count = sum(wrong.values())
        both += count * (count - 1) // 2
        same += sum(number * (number - 1) // 2 for number in wrong.values())
    return both, same


def _member(
    judge: str, errors: Floats, correlation: Floats, at: int, effective: float | None
) -> PanelMember:
    judged = errors[~np.isnan(errors)]
    without = _effective(correlation, [i for i in range(len(correlation)) if i != at])
    adds = None if effective is None or without is None else effective - without
    advice = None
    if adds is not None and adds < WORTH:
        advice = (
            f"adds {adds:.2f} effective judges: leave it out, or put one of another family there"
        )
    return PanelMember(
        judge=judge,
        steps=int(judged.size),
        accuracy=float(1 - judged.mean()) if judged.size else None,
        adds=adds,
        advice=advice,
    )
