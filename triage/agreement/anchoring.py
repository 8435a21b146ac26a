"""Anchoring: whether experts who see the machine's label after their own adopt it when it is wrong.

It is measured where the truth is known and the machine proposes something else: on planted wrong
proposals, and on any other step with gold. Who differed from the machine at first and says the same
afterwards has adopted an error.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from triage.agreement.admission import GoldLabel
from triage.records import Label, Mode, Record, Validity, Verdict

TOLERATED: Final = 0.1
"""Share of wrong proposals that experts may go over to without being called anchored."""
LEVEL: Final = 0.05
"""Chance that an expert at the tolerated share is called anchored."""
STRONG: Final = 0.4
"""Adoption that makes half of the certificates false; the power to find it is reported."""
_TAIL: Final = 0.025


class SecondThought(NamedTuple):
    """What an expert said of a step before and after seeing the machine's label."""

    expert: str
    trace_id: str
    step: int
    first: Label
    last: Label
    machine: Label


class Anchoring(Record):
    """How one expert, or all of them, take wrong proposals.

    Attributes:
        expert: None for all of them.
        revealed: Steps on which the expert saw the machine's label after answering.
        planted: Of these, the steps with a wrong proposal that the first answer differed from.
        adopted: Of these, those on which the last answer is the wrong proposal.
        share: Adopted of planted, with its exact 95 % interval; None without any.
        anchored: Whether more are adopted than is tolerated; None where too few are planted to
            tell it of anybody.
        power: Chance that so many planted steps reveal an expert who adopts two in five.
    """

    expert: str | None
    revealed: int
    planted: int
    adopted: int
    share: float | None
    low: float | None
    high: float | None
    anchored: bool | None
    power: float


def second_thoughts(verdicts: Iterable[Verdict]) -> Iterator[tuple[Label, Label]]:
    """An expert's last answer before a reveal, and the last of all; nothing if there was none.

    Args:
        verdicts: What one expert said of one step, in order.
    """
    said = list(verdicts)
    before = [one for one in said if one.mode is not Mode.REVEAL_AFTER]
    if before:
        after = [one for one in said if one.mode is Mode.REVEAL_AFTER]
        yield before[-1].label, (after or before)[-1].label


def anchoring(
    thoughts: Sequence[SecondThought],
    gold: Iterable[GoldLabel],
    *,
    tolerated: float = TOLERATED,
    level: float = LEVEL,
) -> tuple[Anchoring, ...]:
    """Test each expert, and all together, for adopting wrong proposals.

    An exact binomial test at the tolerated share; the interval is Clopper and Pearson's.

    Args:
        gold: What is known to be right; steps without gold tell nothing.
        tolerated: Share of wrong proposals that may be adopted, in (0, 1).
        level: Chance of a false alarm for each of them, in (0, 1).
    """
    truth = {(one.trace_id, one.step): one.truth for one in gold}
    names: list[str | None] = [None, *sorted({one.expert for one in thoughts})]
    return tuple(
        _tested(
            name, [one for one in thoughts if name in (None, one.expert)], truth, tolerated, level
        )
        for name in names
    )


def _tested(
    expert: str | None,
    thoughts: Sequence[SecondThought],
    truth: dict[tuple[str, int], Label | Validity],
    tolerated: float,
    level: float,
) -> Anchoring:
    planted = [
        one
        for one in thoughts
        if (known := truth.get((one.trace_id, one.step))) is not None
        and known not in (one.machine, one.machine.validity)
        and one.first is not one.machine
    ]
    count = len(planted)
    adopted = sum(one.last is one.machine for one in planted)
    # so many adopted are more than chance brings at the tolerated share
    needed = next((k for k in range(count + 1) if _at_least(k, count, tolerated) <= level), None)
    return Anchoring(
        expert=expert,
        revealed=len(thoughts),
        planted=count,
        adopted=adopted,
        share=adopted / count if count else None,
        low=_bound(adopted, count, _TAIL) if count else None,
        high=_bound(adopted + 1, count, 1 - _TAIL) if count else None,
        anchored=None if needed is None else adopted >= needed,
        power=0.0 if needed is None else _at_least(needed, count, STRONG),
    )


def _at_least(hits: int, of: int, share: float) -> float:
    from scipy.special import bdtrc

    return 1.0 if hits == 0 else float(bdtrc(hits - 1, of, share))


def _bound(hits: int, of: int, tail: float) -> float:
    """An end of Clopper and Pearson's interval: a quantile of Beta(hits, of - hits + 1)."""
    from scipy.special import betaincinv

    if hits == 0:
        return 0.0
    return 1.0 if hits > of else float(betaincinv(hits, of - hits + 1, tail))
