"""What a named formula is: its names, inputs, forms, units and source."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from triage_clinical.quantities.measurements import Measure


@dataclass(frozen=True)
class Formula:
    """A formula with every form of it that is taught.

    Attributes:
        named: How a text names its result.
        variants: Each form; None where it does not apply to the values.
        units: Pattern of the result's units, with the factor from the formula's own unit.
        slack: Share of the result that rounding on the way may cost.
        unless: Words in the step or problem that make another formula the right one.
        aside: Words in the sentence itself that make another quantity of it.
        source: Where it comes from.
    """

    title: str
    named: re.Pattern[str]
    inputs: tuple[Measure, ...]
    variants: tuple[Callable[[Mapping[str, float]], float | None], ...]
    units: Mapping[str, float]
    source: str
    slack: float = 0.02
    unless: re.Pattern[str] | None = None
    aside: re.Pattern[str] | None = None

    @property
    def unit(self) -> re.Pattern[str]:
        """Matches the unit behind a result, or nothing."""
        return re.compile(r"\s?(?:" + "|".join(one for one in self.units if one) + r")?")

    def factor_of(self, written: str) -> float | None:
        """What the result is multiplied with for a written unit; None if the unit is another."""
        for unit, factor in self.units.items():
            if re.fullmatch(unit, written):
                return factor
        return None

    def results(self, given: Mapping[str, float]) -> Iterable[float | None]:
        """What each form makes of the values."""
        return (variant(given) for variant in self.variants)
