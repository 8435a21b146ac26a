"""Draws the report's plots; each is inline SVG, or None where there is too little to show."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from triage.agreement import Estimate as Agreed
from triage.errors import MissingExtraError
from triage.report.figures import AuditFigures, Effort, Flow, Place, Quality, ReasonFigures
from triage.report.rendering.svg import COLOURS, RC, inline
from triage.report.rendering.words import count, reason, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLACES: Final = {
    Place.PEOPLE: ("decided by people", "one"),
    Place.ACCEPTED: ("accepted by a certificate", "two"),
    Place.CLEAR: ("clear, not certified yet", "three"),
    Place.ASKED: ("waiting for an expert", "four"),
    Place.SAMPLE: ("in a blind sample, waiting", "five"),
    Place.BEHIND: ("waiting on another step", "six"),
}
"""Each place in words, with its colour."""

_WIDTH: Final = 5.0
_ROWS: Final = 12
_NAME: Final = 24
_LABELLED: Final = 0.09
"""Share of a bar's length that a segment needs to carry its number."""

_Segments = Sequence[tuple[str, str, Sequence[float]]]
"""Name, colour and a value a row."""


def flow(flows: Sequence[Flow]) -> str | None:
    """Stacked bars: where the steps of each domain are."""
    shown = flows[: _ROWS + 1] if len(flows) > 2 else flows[:1]
    if not shown[0].steps:
        return None
    names = ["all" if one.domain is None else visible(one.domain, _NAME) for one in shown]
    segments = [
        (word, colour, [100 * one.places[place] / one.steps for one in shown])
        for place, (word, colour) in PLACES.items()
        if shown[0].places[place]
    ]
    with _figure(len(names) * 0.36 + 0.5 + 0.3 * ((len(segments) + 1) // 2)) as (figure, axes):
        _stack(axes, names, segments, lambda value: f"{value:.0f}")
        axes.set_xlabel("% of the domain's steps")
        axes.set_xlim(0, 100)
        _legend(figure, axes)
        everything = ", ".join(f"{word} {values[0]:.0f} %" for word, _, values in segments)
        return inline(figure, "flow", "Where the steps are, by domain", f"All: {everything}.")


def reasons(found: Sequence[ReasonFigures]) -> str | None:
    """Bars: how many steps each reason concerns, decided and open."""
    shown = found[:_ROWS]
    if not shown:
        return None
    segments = [
        ("decided by people", "one", [float(one.decided) for one in shown]),
        ("open", "four", [float(one.steps - one.decided) for one in shown]),
    ]
    with _figure(len(shown) * 0.34 + 0.95) as (figure, axes):
        _stack(axes, [reason(one.code) for one in shown], segments, lambda value: f"{value:,.0f}")
        axes.set_xlabel("steps")
        _legend(figure, axes)
        told = ", ".join(f"{reason(one.code)} {one.steps:,}" for one in shown)
        return inline(figure, "reasons", "Steps by kind of doubt or dispute", f"Steps: {told}.")


def effort(one: Effort) -> str | None:
    """Bars: hours for everything against hours spent and still to come."""
    spent, coming, whole = one.spent_hours, one.open_hours, one.everything_hours
    if not one.steps or whole.value is None or spent.value is None or coming.value is None:
        return None
    segments = [
        ("spent so far", "one", [0.0, spent.value]),
        ("still to come", "four", [0.0, coming.value]),
        ("one verdict on every step", "three", [whole.value, 0.0]),
    ]
    with _figure(1.9) as (figure, axes):
        _stack(axes, ["everything", "with triage"], segments, lambda value: f"{value:,.1f}")
        if whole.low is not None and whole.high is not None:
            reach = [[whole.value - whole.low], [whole.high - whole.value]]
            _whisker(axes, [whole.value], [0], xerr=reach)
            axes.set_xlim(0, max(whole.high, spent.value + coming.value) * 1.02)
        axes.set_xlabel("hours of expert time")
        _legend(figure, axes)
        told = (
            f"One verdict on every step takes {whole.value:,.1f} hours; with triage "
            f"{spent.value:,.1f} are spent and {coming.value:,.1f} are to come."
        )
        return inline(figure, "effort", "Expert time against verifying everything", told)


def risk_coverage(one: Quality) -> str | None:
    """The error among the safest steps against the share of steps that is accepted."""
    if not one.curve:
        return None
    name = f"risk-{one.population}"
    at = [100 * point.coverage for point in one.curve]
    risks = [100 * (point.risk.share or 0.0) for point in one.curve]
    low = [100 * (point.risk.low or 0.0) for point in one.curve]
    high = [100 * (point.risk.high or 0.0) for point in one.curve]
    with _figure(2.9) as (figure, axes):
        axes.fill_between(at, low, high, color=COLOURS["one"], alpha=0.18, linewidth=0)
        axes.plot(at, risks, color=COLOURS["one"], linewidth=2, marker="o", markersize=3)
        axes.set_xlabel("% of these steps taken from the machine, safest first")
        axes.set_ylabel("% of them wrong")
        axes.set_xlim(0, 100)
        axes.set_ylim(bottom=0)
        told = f"Of all {one.wrong.of:,} steps {risks[-1]:.1f} % are wrong; the band holds 95 %."
        return inline(figure, name, "Risk-coverage curve", told)


def reliability(one: Quality) -> str | None:
    """The share that was right against the displayed probability."""
    shown = [b for b in one.bins if b.displayed is not None and b.right is not None]
    if not shown:
        return None
    displayed = [100 * (b.displayed or 0.0) for b in shown]
    right = [100 * (b.right or 0.0) for b in shown]
    below = [100 * ((b.right or 0.0) - (b.right_low or 0.0)) for b in shown]
    above = [100 * ((b.right_high or 0.0) - (b.right or 0.0)) for b in shown]
    with _figure(2.9) as (figure, axes):
        axes.plot([0, 100], [0, 100], color=COLOURS["quiet"], linewidth=1, dashes=(4, 3))
        _whisker(axes, displayed, right, yerr=[below, above], colour="one")
        axes.set_xlabel("displayed probability, %")
        axes.set_ylabel("% right")
        axes.set_xlim(0, 101)
        axes.set_ylim(0, 102)
        told = "; ".join(
            f"displayed {x:.0f} %, right {y:.0f} % of {b.steps:,}"
            for x, y, b in zip(displayed, right, shown, strict=True)
        )
        name = f"reliability-{one.population}"
        return inline(figure, name, "Reliability diagram", f"On the dashed line is honest. {told}.")


def drift(number: int, one: AuditFigures) -> str | None:
    """Errors found by audits, one after the other, against what was promised."""
    if not one.answered:
        return None
    with _figure(2.3) as (figure, axes):
        ends = [0, one.answered]
        axes.plot(
            ends, [0, one.promised_share * one.answered],
            color=COLOURS["quiet"], linewidth=1, dashes=(4, 3), label="as promised at most",
        )  # fmt: skip
        axes.step(
            range(one.answered + 1), [0, *one.trail],
            where="post", color=COLOURS["one"], linewidth=2, label="errors found",
        )  # fmt: skip
        axes.set_xlabel("audits answered")
        axes.set_ylabel("errors")
        axes.set_xlim(0, one.answered)
        axes.set_ylim(bottom=0)
        _legend(figure, axes)
        told = f"{one.trail[-1]} errors in {one.answered:,} audits."
        return inline(figure, f"drift-{number}", "Errors found by audits", told)


def agreement(rows: Sequence[tuple[str, Agreed, int]]) -> str | None:
    """Points with intervals: Krippendorff's alpha of all, and of each domain."""
    shown = [(name, one, n) for name, one, n in rows if one.value is not None][: _ROWS + 1]
    if not shown:
        return None
    with _figure(len(shown) * 0.36 + 0.7) as (figure, axes):
        for place, (_, one, _) in enumerate(shown):
            value = one.value or 0.0
            low, high = (value, value) if one.low is None else (one.low, one.high or value)
            reach = [[value - low], [high - value]]
            _whisker(axes, [value], [place], xerr=reach, colour="one")
        _rows(axes, [f"{visible(name, _NAME)} ({count(n)})" for name, _, n in shown])
        least = min((one.low if one.low is not None else one.value or 0.0) for _, one, _ in shown)
        axes.set_xlim(min(0.0, least - 0.05), 1.02)
        axes.set_xlabel("Krippendorff's alpha (1: full agreement, 0: chance)")
        told = "; ".join(f"{visible(name)} {one.value:.2f}" for name, one, _ in shown)
        return inline(figure, "agreement", "Experts' agreement", f"{told}.")


@contextmanager
def _figure(height: float) -> "Iterator[tuple[Figure, Axes]]":
    try:
        # imported late: an extra, and half a second to load
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ModuleNotFoundError as why:
        raise MissingExtraError("the report's page", "report") from why
    with rc_context(RC):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        yield figure, figure.subplots()


def _stack(
    axes: "Axes", names: Sequence[str], segments: _Segments, told: Callable[[float], str]
) -> None:
    longest = max(sum(values[row] for _, _, values in segments) for row in range(len(names)))
    left = [0.0] * len(names)
    for word, colour, values in segments:
        axes.barh(
            range(len(names)), values, left=left, height=0.62, color=COLOURS[colour], label=word,
            edgecolor=COLOURS["paper"], linewidth=1,
        )  # fmt: skip
        for row, value in enumerate(values):
            if value > _LABELLED * longest:
                middle = left[row] + value / 2
                axes.text(
                    middle, row, told(value), color=COLOURS["paper"], ha="center", va="center"
                )
        left = [start + value for start, value in zip(left, values, strict=True)]
    axes.set_xlim(0, longest * 1.02 or 1)
    _rows(axes, names)


def _rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def _whisker(
    axes: "Axes", x: Sequence[float], y: Sequence[float], colour: str = "ink", **reach: Any
) -> None:
    axes.errorbar(
        x, y, **reach, fmt="o", markersize=5, color=COLOURS[colour], linewidth=1.6, capsize=3
    )


def _legend(figure: "Figure", axes: "Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=2, fontsize=10, handlelength=1.1,
        columnspacing=1.4, borderaxespad=0.2,
    )  # fmt: skip
