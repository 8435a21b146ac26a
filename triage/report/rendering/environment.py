"""How the report's templates and those of the lead's pages write figures."""

from typing import TYPE_CHECKING

from triage.agreement import Estimate, Measured
from triage.errors import MissingExtraError
from triage.report.rendering import words

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(*packages: str) -> "Environment":
    """Templates of some packages before the report's own, with filters for figures.

    Raises:
        MissingExtraError: The extra `report` is not installed.
    """
    try:
        # imported late: an extra
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError as why:
        raise MissingExtraError("the report's page", "report") from why
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, __package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    made.filters |= {
        "name": words.visible,
        "reason": words.reason,
        "count": words.count,
        "percent": words.percent,
        "rate": words.rate,
        "ratewords": words.rate_told,
        "value": words.value,
        "interval": words.interval,
        "measure": words.measure,
        "hours": words.hours,
        "dollars": words.dollars,
        "agreed": _agreed,
        "share": _share,
    }
    return made


def _share(one: Estimate) -> str:
    return words.agreement(one.value, one.low, one.high)


def _agreed(one: Measured, name: str) -> str:
    measured = one.measures.get(name)
    return words.NONE if measured is None else words.agreement(
        measured.value, measured.low, measured.high
    )  # fmt: skip
