"""`triage estimate`: what a run would take, before anything is spent."""

from pathlib import Path

import click

from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    only_judges,
    print_json,
    print_table,
    read_settings,
)
from triage.pipeline.trials.estimating import RunEstimate, estimate_run


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many traces.")
@click.option(
    "--label-map", metavar="MAP", help='Foreign label words: "+1=necessary,-1=incorrect".'
)
@click.option("--judge", "judges", metavar="NAME", multiple=True, help="Count only these judges.")
@configured
@as_json
def command(
    inputs: tuple[str, ...],
    limit: int | None,
    label_map: str | None,
    judges: tuple[str, ...],
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Reckon calls, tokens, money and experts' minutes before anything is spent.

    INPUTS are files in any form that `triage run` reads. No judge is asked and no trace is stored.
    What the store has answered already is not counted again. Tokens are reckoned at four bytes
    each, answers at 150 tokens a step; the worst case is what a run sets aside, and bounds it.
    Experts' minutes are steps x the share that goes to experts x the seconds that a step takes:
    both as the store has measured them in the domain, else every step, and `queue.seconds`.

    Example: triage estimate traces.jsonl
    """
    settings = read_settings(config, db, ingest__label_map=label_map).settings
    found = estimate_run(only_judges(settings, judges), inputs, limit)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)
    if found.rejected:
        click.echo(f"{found.rejected:,} rows can't be used; `triage run` says why", err=True)
    return DONE_WITH_REJECTS if found.rejected else DONE


def _print(found: RunEstimate) -> None:
    click.echo(f"traces {found.traces:,}, steps {found.steps:,}\n")
    if found.judges:
        print_table(
            ("judge", "asked by", "calls", "stored", "tokens in", "tokens out", "USD", "at most"),
            [
                (
                    one.judge,
                    one.plugin,
                    f"{one.calls:,}",
                    f"{one.stored:,}",
                    f"{one.input_tokens:,}",
                    f"{one.output_tokens:,}",
                    _money(one.usd),
                    _money(one.worst_usd),
                )
                for one in found.judges
            ],
        )
        least, most = _money(found.usd), _money(found.worst_usd)
        click.echo(f"\njudges: {found.calls:,} calls, about {least} USD, at most {most} USD\n")
    else:
        click.echo("no judge would be asked: no panel is configured for these domains\n")
    print_table(
        ("domain", "steps", "to experts", "seconds a step", "minutes"),
        [
            (
                one.domain,
                f"{one.steps:,}",
                f"{one.asked_share:.0%} ({one.asked_from})",
                f"{one.seconds_per_step:.0f} ({one.seconds_from})",
                f"{one.minutes:,.0f}",
            )
            for one in found.experts
        ],
    )
    click.echo(f"\nexperts: about {found.expert_minutes:,.0f} minutes")
    if any(one.asked_from == "every-step" for one in found.experts):
        click.echo("every-step: too little is decided in that domain yet to tell a share")


def _money(usd: float | None) -> str:
    return "price unknown" if usd is None else f"{usd:,.2f}"
