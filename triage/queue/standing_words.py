"""Tells an expert how matters stand in a domain, and what to do."""

from typing import Any, Final

from triage.queue.gold.admission import ROUND, Stand, Standing
from triage.records import Admitting, Label, Validity

_MOST: Final = 3
_BEFORE: Final = (
    "Your first {} steps decide: afterwards you are told how far your labels agree with "
    "adjudicated ones."
)
_WHAT_TO_DO: Final = (
    "What to do: read the domain's guideline, above all on these labels, then ask your lead for "
    "another round."
)
_MEASURES: Final = {
    Admitting.PERCENT: "the same label",
    Admitting.VALIDITY: "the same validity",
    Admitting.COHEN: "an agreement beyond chance (Cohen's kappa)",
}


def title(one: Standing) -> str:
    """The state in a few words."""
    return {
        Stand.OPEN: "Open",
        Stand.WAITING: "Not begun",
        Stand.ROUND: "First steps under way",
        Stand.ADMITTED: "Admitted",
        Stand.REFUSED: "Not admitted yet",
        Stand.SHORT: "Not admitted yet",
    }[one.stand]


def told(one: Standing) -> tuple[str, ...]:
    """The state in sentences: the result, what it takes, and what to do."""
    match one.stand:
        case Stand.OPEN:
            return ("No calibration round is asked for in this domain.",)
        case Stand.WAITING | Stand.ROUND:
            return (_BEFORE.format(one.wanted),)
        case Stand.SHORT:
            return (
                "You have worked on most of the steps that a calibration round would take.",
                "What to do: ask your lead to admit you by hand.",
            )
        case Stand.ADMITTED if one.by != ROUND:
            return (*_result(one.result), f"{one.by} admitted you.")
        case Stand.ADMITTED:
            return _result(one.result)
        case _:
            return (
                *_result(one.result),
                *_mixed(one.result),
                _WHAT_TO_DO,
            )


def notice(one: Standing) -> str:
    """One line for the end of a round."""
    head = f"{one.domain}: {'admitted' if one.stand is Stand.ADMITTED else 'not admitted yet'}."
    return " ".join((head, *_result(one.result)))


def why_closed(one: Standing, name: str) -> str:
    """One line for whoever answers for an expert from outside the desk."""
    where = f"{name!r} is not admitted to the queue of {one.domain!r}"
    if one.stand is Stand.REFUSED:
        return (
            f"{where}: the calibration round was below what is asked; triage experts repeat or "
            "admit changes that"
        )
    if one.stand is Stand.SHORT:
        return f"{where}: too few gold steps are left for a round; triage experts admit does it"
    return f"{where}: a calibration round comes first, at the desk or by triage queue next"


def _result(result: dict[str, Any] | None) -> tuple[str, ...]:
    if result is None:
        return ()
    agree = f"{result['agree']} of {result['steps']} labels agree with adjudicated ones"
    if result["skipped"]:
        agree += f" ({result['skipped']} skipped steps count as not agreeing)"
    measure = Admitting(result["measure"])
    value = result[measure.value]["value"]
    asked = f"{_MEASURES[measure]} is asked for in {100 * result['above']:.0f} % of the steps"
    if measure is Admitting.COHEN:
        asked = f"{_MEASURES[measure]} of {result['above']:.2f} is asked for"
        asked += ", yours is not defined" if value is None else f", yours is {value:.2f}"
    elif measure is Admitting.VALIDITY:
        agree = f"{result['agree_on_validity']} of {result['steps']} agree on validity"
    if result["lower"]:
        low = result[measure.value]["low"]
        asked += ", even at the lower end of the 95 % interval"
        asked += "" if low is None else f", which is {low:.2f}"
    return (f"{agree}; {asked}.",)


def _mixed(result: dict[str, Any] | None) -> tuple[str, ...]:
    lines = [
        f"you said {Label(one['said']).shown} where it is {_shown(one['gold'])}: {one['steps']}"
        for one in (result or {}).get("mixed", ())[:_MOST]
    ]
    return (f"Where you differ most: {'; '.join(lines)}.",) if lines else ()


def _shown(truth: str) -> str:
    return Label(truth).shown if truth in set(Label) else Validity(truth).value
