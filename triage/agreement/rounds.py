"""What an expert's labels of gold steps amount to: the result of a calibration round."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from scipy.special import betaincinv

from triage.agreement.measures import Estimate, Resampling, cohen_kappa
from triage.agreement.ratings import Ratings
from triage.records import Admitting, Label, Record, Validity

_CONFIDENCE: Final = 0.95


class Compared(NamedTuple):
    """What an expert said of a gold step, and what is right; `said` is None for a skipped step."""

    said: Label | None
    truth: Label | Validity

    @property
    def agrees(self) -> bool:
        """Whether the expert said what gold says, as far as gold says it."""
        return self.said is not None and self.truth in (self.said, self.said.validity)

    @property
    def agrees_on_validity(self) -> bool:
        """Whether the expert and gold say the same of the step's validity."""
        truth = self.truth.validity if isinstance(self.truth, Label) else self.truth
        return self.said is not None and self.said.validity is truth


class Rule(NamedTuple):
    """What it takes to be admitted.

    Attributes:
        above: Least agreement by `measure`.
        lower: Whether the lower end of the 95 % interval must reach it.
    """

    above: float
    measure: Admitting
    lower: bool


class Mixed(Record):
    """How often an expert said one label where gold says another word."""

    gold: Label | Validity
    said: Label
    steps: int


class Against(Record):
    """An expert's labels against gold.

    Attributes:
        steps: Gold steps, skipped ones included.
        skipped: Steps that the expert passed on; they count as not agreeing.
        agree: Steps with gold's label.
        agree_on_validity: Steps with gold's validity.
        percent: Share of `agree`, with the exact interval of Clopper and Pearson (1934).
        validity: Share of `agree_on_validity`, likewise.
        cohen: Kappa on the steps whose gold is a label; its interval is a bootstrap.
        mixed: Where the expert and gold differ, the most frequent first.
    """

    steps: int
    skipped: int
    agree: int
    agree_on_validity: int
    percent: Estimate
    validity: Estimate
    cohen: Estimate
    mixed: tuple[Mixed, ...]

    def reaches(self, rule: Rule) -> bool:
        """Whether that is enough; an agreement that is not defined is not."""
        measured = {
            Admitting.PERCENT: self.percent,
            Admitting.VALIDITY: self.validity,
            Admitting.COHEN: self.cohen,
        }[rule.measure]
        # resamples without any spread all have the value itself
        value = measured.low if rule.lower and measured.low is not None else measured.value
        return value is not None and value >= rule.above


def against_gold(compared: Sequence[Compared]) -> Against:
    """Hold an expert's labels against gold."""
    agree = sum(one.agrees for one in compared)
    on_validity = sum(one.agrees_on_validity for one in compared)
    mixed = Counter(
        (one.truth, one.said) for one in compared if one.said is not None and not one.agrees
    )
    labelled = [
        (step, one.said, one.truth)
        for step, one in enumerate(compared)
        if one.said is not None and isinstance(one.truth, Label)
    ]
    ratings = Ratings.of(
        [(step, "expert", said.value) for step, said, _ in labelled]
        + [(step, "gold", truth.value) for step, _, truth in labelled],
        ((step, step) for step, _, _ in labelled),
    )
    return Against(
        steps=len(compared),
        skipped=sum(one.said is None for one in compared),
        agree=agree,
        agree_on_validity=on_validity,
        percent=_share(agree, len(compared)),
        validity=_share(on_validity, len(compared)),
        cohen=cohen_kappa(ratings, Resampling(confidence=_CONFIDENCE)),
        mixed=tuple(
            Mixed(gold=truth, said=said, steps=count)
            for (truth, said), count in mixed.most_common()
            if said is not None
        ),
    )


def _share(hits: int, steps: int) -> Estimate:
    if not steps:
        return Estimate(value=None)
    tail = (1 - _CONFIDENCE) / 2
    low = float(betaincinv(hits, steps - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, steps - hits, 1 - tail)) if hits < steps else 1.0
    return Estimate(value=hits / steps, low=low, high=high)
