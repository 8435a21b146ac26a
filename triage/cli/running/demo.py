"""`triage demo`: the whole main job on the project's own examples."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from triage.cli.common import print_table, read_settings, with_config
from triage.configuration.settings import Settings
from triage.errors import MissingExtraError, UsageError
from triage.evaluate import EvaluationResult, Rate
from triage.pipeline.trials.demo import Demonstration, Shown, demonstrate
from triage.records import LABELS, Action, Claim


@click.command()
@click.option(
    "--serve", is_flag=True, help="Open a desk on the examples, and print everybody's link."
)
@click.option(
    "--port", type=click.IntRange(0, 65535),
    help="Port of the desk; 8000 by default, 0 for any that is free.",
)  # fmt: skip
@with_config
def command(serve: bool, port: int | None, config: Path | None) -> None:
    """Run the whole main job on the project's own examples: no key, no server, nothing kept.

    With --serve it opens a desk on them in the browser, with an expert for each domain, an
    adjudicator and a lead, until it is stopped.

    Example: triage demo --serve
    """
    if port is not None and not serve:
        raise UsageError("--port goes with --serve")
    settings = read_settings(config, server__port=port).settings
    if serve:
        _serve(settings)
        return
    shown = demonstrate(settings)
    console = Console()
    _heading(console, "1. Where the steps of the examples go")
    _actions(shown)
    _heading(console, "2. What checkers refuted, with the evidence")
    for found in shown.refutations[:6]:
        _refutation(console, *found)
    _heading(console, "3. What sources dispute, one step for each kind")
    for code, (where, reason) in sorted(shown.disputes.items()):
        console.print(Text(f"{code.value:<22}{_place(where)}: {reason.detail}"))
    _heading(console, "4. What an expert would be asked next (nothing of the machine is shown)")
    if shown.most_urgent is not None:
        _question(console, shown.most_urgent)
    _heading(console, "5. Against the examples' own labels")
    _measured(shown.result())
    _heading(console, "Next")
    click.echo(
        "triage demo --serve                             a desk on these examples in the browser"
    )
    click.echo(
        "triage run traces.jsonl --out decisions.jsonl   your own traces, one JSON object a line"
    )
    click.echo(
        "triage evaluate labelled.jsonl                  how well it does on labels you have"
    )


def _serve(settings: Settings) -> None:
    try:
        from triage.server.demo import Seat, serve_demo
    except ModuleNotFoundError as why:
        raise MissingExtraError("the server", "server") from why

    def tell(seats: list[Seat]) -> None:
        click.echo("A desk on the examples. Each link signs one person in, in a window of its own:")
        for seat in seats:
            click.echo(f"\n{seat.name} ({seat.does})\n  {seat.link}")
        click.echo("\nStop it with Ctrl-C. Nothing is kept.")
        sys.stdout.flush()

    serve_demo(settings, tell)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Rule(Text(text), align="left"))


def _actions(shown: Demonstration) -> None:
    rows = [
        (domain, counts.total(), counts[Action.ASK], counts[Action.HOLD])
        for domain, counts in sorted(shown.actions.items())
    ]
    totals = ("all", *(sum(int(row[place]) for row in rows) for place in (1, 2, 3)))
    print_table(("domain", "steps", "an expert decides", "clear or waiting"), [*rows, totals])


def _refutation(console: Console, where: Shown, claim: Claim) -> None:
    line = Text(f"{_place(where)}: ")
    if claim.span is None:
        line.append(where.step.text)
    else:
        begin, end = claim.span
        line.append(where.step.text[:begin])
        line.append(where.step.text[begin:end], style="bold underline")
        line.append(where.step.text[end:])
    console.print(line)
    if claim.expected is not None and claim.found is not None:
        told = f"expected {claim.expected}, found {claim.found}"
        console.print(Padding(Text(told), (0, 0, 0, 4)))


def _question(console: Console, where: Shown) -> None:
    console.print(Text(where.trace.problem))
    for step in where.trace.steps[: where.step.index]:
        console.print(Padding(Text(f"{step.index + 1}. {step.text}"), (0, 0, 0, 4)))
    console.print(Text(f"{where.step.index + 1}. {where.step.text}", style="bold"))
    console.print(Text("   ".join(f"[{n}] {label.shown}" for n, label in enumerate(LABELS, 1))))


def _measured(result: EvaluationResult) -> None:
    rows = [
        (
            entry.domain or "all",
            entry.steps,
            _share(entry.actions[Action.ASK.value]),
            _share(entry.left.validity),
        )
        for entry in result.triage
    ]
    print_table(("domain", "steps", "asked", "of the clear ones, wrong (valid or not)"), rows)


def _share(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.0%} ({rate.count} of {rate.of})"


def _place(where: Shown) -> str:
    return f"{where.trace.id}, step {where.step.index + 1}"
