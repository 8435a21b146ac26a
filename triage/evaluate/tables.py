"""An evaluation as tables that fit a terminal of 80 columns."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from triage.evaluate.results import (
    Detection,
    EvaluationResult,
    LabelMetrics,
    PerLabel,
    Rate,
    RateWithInterval,
    SourceMetrics,
    TriageMetrics,
)
from triage.records import LABELS, Label

NOTHING = "–"
ALL = "all"
_SHORT = {
    Label.NECESSARY: "necess.",
    Label.REDUNDANT: "redund.",
    Label.INCORRECT: "incorr.",
    Label.INCOMPLETE: "incompl.",
}


def render(result: EvaluationResult) -> RenderableType:
    """All tables of a result that have rows, ready for `rich.console.Console.print`.

    A source or house that met one domain only is shown in that domain alone.
    """
    entries = [entry for entry in result.triage if entry.domain or len(result.triage) != 2]
    sources = [*_distinct(result.sources), *(entry.machine for entry in entries)]
    parts: list[RenderableType] = [
        Text(
            f"Traces: {result.traces:,}; with a known first error or known to have none: "
            f"{result.with_first_error:,}; with step labels: {result.with_step_labels:,}"
        )
    ]
    if sources:
        parts += [_coverage(sources), _first_errors(sources)]
    labelled = [(one, one.labels) for one in sources if one.labels is not None]
    if labelled:
        parts.append(_labels(labelled))
    if entries:
        parts.append(_routing(entries))
    return Group(*parts)


def _distinct(sources: Sequence[SourceMetrics]) -> list[SourceMetrics]:
    rows = Counter(one.source for one in sources)
    return [one for one in sources if one.domain is not None or rows[one.source] > 2]


def _coverage(sources: Iterable[SourceMetrics]) -> Table:
    table = _table(
        "Coverage, % of steps: judged, with any evidence, abstained, failed; AUROC of scores, %",
        ("source", "domain"),
        ("traces", "judged", "any", "abst.", "failed", "AUROC"),
    )
    for one in sources:
        table.add_row(
            *_who(one),
            f"{one.traces:,}",
            *map(percent, (one.judged, one.evidence, one.abstained, one.failed)),
            percentage(one.auroc.area if one.auroc else None),
        )
    return table


def _first_errors(sources: Iterable[SourceMetrics]) -> Table:
    table = _table(
        "First error, %: precision / recall of `incorrect` and of `invalid` at it; steps called "
        "invalid before it and in right traces; exact index; ProcessBench's F1",
        ("source", "domain"),
        ("incorrect", "invalid", "before", "right", "exact", "F1"),
    )
    for one in sources:
        invalid, bench = one.invalid, one.processbench
        table.add_row(
            *_who(one),
            _pair(one.incorrect),
            _pair(invalid),
            percent(invalid.alarms_before if invalid else None),
            percent(invalid.alarms_in_right if invalid else None),
            percent(one.exact_first_error),
            percentage(bench.f1 if bench else None),
        )
    return table


def _labels(labelled: Iterable[tuple[SourceMetrics, LabelMetrics]]) -> Table:
    table = _table(
        "Labels on labelled steps: precision / recall, %",
        ("source", "domain"),
        ("steps", *(_SHORT[label] for label in LABELS), "invalid"),
    )
    for one, labels in labelled:
        pairs = [*(labels.by_label[label] for label in LABELS), labels.invalid]
        table.add_row(*_who(one), f"{labels.steps:,}", *map(_pair, pairs))
    return table


def _routing(entries: Sequence[TriageMetrics]) -> Table:
    table = _table("Triage, % of steps", ("",), [Text(entry.domain or ALL) for entry in entries])
    for heading, cells in _routing_rows(entries):
        table.add_row(heading, *cells)
    return table


def _routing_rows(entries: Sequence[TriageMetrics]) -> Iterable[tuple[str, list[str]]]:
    yield "steps", [f"{entry.steps:,}" for entry in entries]
    for action in entries[0].actions:
        yield action, [percent(entry.actions[action]) for entry in entries]
        if action == "ask":
            for code in entries[0].asked_by_reason:
                yield f"  {code}", [percent(entry.asked_by_reason.get(code)) for entry in entries]
    yield "wrong validity, clear steps", [percent(entry.left.validity) for entry in entries]
    yield "  95 % interval", [_interval(entry.left.validity) for entry in entries]
    yield "  of known steps", [f"{entry.left.validity.of:,}" for entry in entries]
    yield "wrong label, clear steps", [percent(entry.left.label) for entry in entries]
    yield "  95 % interval", [_interval(entry.left.label) for entry in entries]
    yield "  of known steps", [f"{entry.left.label.of:,}" for entry in entries]
    yield "wrong validity, waiting", [percent(entry.waiting.validity) for entry in entries]
    yield "wrong validity, asked", [percent(entry.asked.validity) for entry in entries]
    yield "AUROC of the risk score", [percentage(entry.risk_auroc.area) for entry in entries]


def percent(rate: Rate | None) -> str:
    """A share for people, with a dash where there is none."""
    return percentage(rate.share if rate is not None else None)


def percentage(value: float | None) -> str:
    """A number in [0, 1] in per cent, with a dash for None."""
    return NOTHING if value is None else f"{100 * value:.1f}"


def _interval(rate: RateWithInterval) -> str:
    if rate.low is None or rate.high is None:
        return NOTHING
    return f"{100 * rate.low:.1f}-{100 * rate.high:.1f}"


def _pair(both: Detection | PerLabel | None) -> str:
    if both is None:
        return NOTHING
    shares = (both.precision.share, both.recall.share)
    return "/".join(NOTHING if share is None else f"{100 * share:.0f}" for share in shares)


def _who(one: SourceMetrics) -> tuple[Text, Text]:
    # Names come from input files: as plain text they cannot carry markup.
    name = one.source + (" (saw reference)" if one.saw_reference else "")
    return Text(name), Text(one.domain or ALL)


def _table(title: str, names: Iterable[str], figures: Iterable[str | Text]) -> Table:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for heading in names:
        table.add_column(heading, overflow="fold")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    return table
