"""What `triage run` tells at its end."""

from collections.abc import Iterator
from typing import Final

import click

from triage.cli.common import plain
from triage.pipeline import Summary
from triage.pipeline.views.failures import lines
from triage.records import DEFAULT_DOMAIN

_TOLD: Final = 5
"""Domains that are told; `--json` has all."""


def print_summary(summary: Summary) -> None:
    """Print what a run did; what somebody should do something about goes to standard error."""
    asked = sum(summary.asked.values())
    click.echo(f"traces   {summary.traces:>9,}  ({summary.known:,} known before)")
    click.echo(f"steps    {summary.steps:>9,}")
    click.echo(f"  asked  {asked:>9,}  for an expert to decide")
    for reason, count in summary.asked.items():
        click.echo(f"           {count:>9,}  {reason}")
    clear = summary.held - summary.behind
    click.echo(f"  held   {clear:>9,}  clear, waiting for a certificate")
    if summary.behind:
        click.echo(f"  behind {summary.behind:>9,}  waiting for the verdict on another step")
    if summary.audited:
        click.echo(f"  audited{summary.audited:>9,}  clear, drawn for a blind sample")
    if summary.certified:
        click.echo(f"  accepted {summary.certified:>7,}  under a certificate")
    if provisional := summary.accepted - summary.certified:
        click.echo(f"  accepted {provisional:>7,}  provisionally, without any promise")
    if summary.settled:
        click.echo(f"  settled {summary.settled:>8,}  by experts")
    earlier = f", and {summary.spent_before_usd:.2f} by earlier runs on this store"
    click.echo(
        f"money    {summary.cost_usd:>9.2f}  USD{earlier if summary.spent_before_usd else ''}"
    )
    click.echo(f"time     {summary.seconds:>9.1f}  s")
    for told in _to_do(summary):
        click.echo(plain(told), err=True)
    for one in summary.first_rejects:
        click.echo(f"rejected: {one.told}", err=True)
    if summary.rejected:
        where = f": see {summary.rejects}" if summary.rejects else " (--out keeps a list of them)"
        click.echo(f"{summary.rejected:,} rows were rejected{where}", err=True)


def _to_do(summary: Summary) -> Iterator[str]:
    for name, why in summary.broken_plugins.items():
        yield f"plugin {name} is broken and was left out: {why}"
    if summary.unserved:
        most = list(summary.unserved.items())[:_TOLD]
        names = ", ".join(f"{domain} ({_many(steps, 'step')})" for domain, steps in most)
        others = len(summary.unserved) - len(most)
        yield (
            f"no plugin judges {names}{f' and {others:,} other domains' if others else ''}: "
            f"`triage plugins list` shows who judges which{_unnamed(summary)}"
        )
    if summary.without_panel:
        steps = sum(summary.without_panel.values())
        yield (
            f"no judge was asked about {_many(steps, 'step')} in "
            f"{', '.join(summary.without_panel)}: no panel is configured, see docs/judges.md"
        )
    if summary.pending:
        yield (
            f"{summary.pending:,} questions are with providers' batches: the same run later takes "
            "the answers in"
        )
    yield from lines(summary.failures)


def _unnamed(summary: Summary) -> str:
    if DEFAULT_DOMAIN not in summary.unserved:
        return ""
    return f"; {DEFAULT_DOMAIN} stands for rows that name no `domain`"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
