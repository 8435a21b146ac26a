"""Renders the report's figures as one page that loads nothing and runs no script."""

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from triage.report.figures import Effort, Place, Population, Quality
from triage.report.rendering import plots
from triage.report.rendering.environment import environment
from triage.report.tallies.quality import FEWEST
from triage.report.whole import Report

POPULATIONS: Final = {
    Population.BLIND: (
        "Clear steps, labelled blind",
        (
            "Steps that the machine was sure of, drawn at random and labelled by people who had "
            "not seen its opinion. These tell what the machine gets wrong when nobody looks."
        ),
    ),
    Population.ASKED: (
        "Doubtful and disputed steps",
        (
            "Steps that people were asked about. They were chosen because they are hard: the "
            "machine is wrong here far more often than elsewhere."
        ),
    ),
    Population.INPUT: (
        "Steps whose labels came with the input",
        (
            "Labels that were in the input files; no judge saw them. They stand for your other "
            "steps as far as those files do."
        ),
    ),
}
"""What each kind of labels is called, and what it can tell."""

_WORDS: Final = ("necessary", "redundant", "incorrect", "incomplete", "valid", "invalid")
_SHADES: Final = 4


def render(report: Report) -> str:
    """The page.

    Raises:
        MissingExtraError: The extra `report` is not installed.
    """
    style = _style()
    return (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            style=_safe(style),
            policy=policy(),
            whole=report.flows[0],
            place_words={place: word for place, (word, _) in plots.PLACES.items()},
            populations=POPULATIONS,
            fewest=FEWEST,
            places=Place,
            drawn=_drawn(report),
            comparable=_comparable(report),
            money=_money(report.effort),
            confusions={one.population: _confusion(one) for one in report.qualities},
        )
    )


def policy() -> str:
    """The content policy of the page: its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _style() -> str:
    style = files(__package__).joinpath("templates", "report.css").read_text(encoding="utf-8")
    return f"\n{style}"


def _safe(text: str) -> Any:
    """Our own markup, which is not to be escaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - made by this package, with every name in it escaped


def _drawn(report: Report) -> dict[str, Any]:
    """The plots by name; None where there is nothing to show."""
    blind = report.agreement.blind
    rows = [("all", blind.overall), *blind.domains.items()]
    drawn: dict[str, str | None] = {
        "flow": plots.flow(report.flows),
        "reasons": plots.reasons(report.reasons),
        "effort": plots.effort(report.effort),
        "agreement": plots.agreement(
            [(name, one.measures["krippendorff"], one.shared) for name, one in rows]
        ),
    }
    for quality in report.qualities:
        drawn[f"risk-{quality.population}"] = plots.risk_coverage(quality)
        drawn[f"reliability-{quality.population}"] = plots.reliability(quality)
    for number, audit in enumerate(report.audits):
        drawn[f"drift-{number}"] = plots.drift(number, audit)
    return {name: _safe(svg) if svg else None for name, svg in drawn.items()}


def _comparable(report: Report) -> bool:
    """Whether every two judges share enough labelled steps to tell how their errors correlate."""
    rows = report.panel.panel.correlation if report.panel else ()
    return all(value is not None for row in rows for value in row)


def _money(effort: Effort) -> Mapping[str, float | None]:
    """What experts and sources cost, and what experts would for everything."""
    rate = effort.hourly_rate

    def paid(hours: float | None) -> float | None:
        return None if rate is None or hours is None else hours * rate

    sources = sum(effort.sources_usd.values())
    spent, coming = paid(effort.spent_hours.value), paid(effort.open_hours.value)
    experts = None if spent is None or coming is None else spent + coming
    return {
        "sources": sources,
        "spent": spent,
        "coming": coming,
        "everything": paid(effort.everything_hours.value),
        "triage": None if experts is None else experts + sources,
    }


def _confusion(one: Quality) -> Mapping[str, Any]:
    """The confusion matrix as rows of counts, each with a shade by its share of the row."""
    columns = [word for word in _WORDS if any(row.get(word) for row in one.confusion.values())]
    order = [*(word for word in _WORDS if word in one.confusion)]
    order += [word for word in one.confusion if word not in _WORDS]
    rows = []
    for word in order:
        counts = one.confusion[word]
        total = sum(counts.values())
        cells = [(counts.get(at, 0), _shade(counts.get(at, 0), total)) for at in columns]
        rows.append({"word": word, "total": total, "cells": cells})
    return {"columns": columns, "rows": rows}


def _shade(number: int, of: int) -> int:
    """From 0 (none) to 4 (nearly the whole row)."""
    return 0 if not number else 1 + min(_SHADES - 1, int(number / of * _SHADES))
