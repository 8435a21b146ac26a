"""Shows a plugin's worth as two small tables."""

import click

from triage.cli.common import print_table
from triage.evaluate.results import Rate, TriageMetrics
from triage.evaluate.worth import Worth


def show_worth(worth: Worth) -> None:
    """Print what a plugin does by itself, beside the others, and for triage."""
    metrics = worth.metrics
    if metrics is None:
        click.echo(f"{worth.source} said nothing on these traces: do they have its domain?")
        return
    rows = [
        ("steps with evidence", _rate(metrics.evidence)),
        ("steps judged", _rate(metrics.judged)),
        ("failed", _rate(metrics.failed)),
    ]
    if metrics.invalid is not None:
        rows += [
            ("precision (first errors of its flags)", _rate(metrics.invalid.precision)),
            ("recall (first errors found)", _rate(metrics.invalid.recall)),
            ("false alarms before a first error", _rate(metrics.invalid.alarms_before)),
            ("false alarms in right traces", _rate(metrics.invalid.alarms_in_right)),
        ]
    rows += [
        ("invalid steps that it alone finds", _rate(worth.alone)),
        ("false alarms that it alone raises", _rate(worth.false_alone)),
    ]
    took = "waits on a network" if worth.ms_per_step is None else f"{worth.ms_per_step:.2f} ms"
    print_table((worth.source, ""), [*rows, ("a step takes", took)])
    click.echo("")
    print_table(
        ("triage", "with it", "without it"),
        [
            (what, _of(worth.with_it, what), _of(worth.without, what))
            for what in ("asked", "wrong among clear steps", "wrong among asked steps")
        ],
    )


def _of(metrics: TriageMetrics, what: str) -> str:
    if what == "asked":
        return _rate(metrics.actions["ask"]) if "ask" in metrics.actions else "0"
    found = metrics.left if what == "wrong among clear steps" else metrics.asked
    return _rate(found.validity)


def _rate(rate: Rate) -> str:
    share = "" if rate.share is None else f"{rate.share:.1%} "
    return f"{share}({rate.count:,} of {rate.of:,})"
