"""`triage audit`: hidden blind audits of accepted steps, and what they say."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from triage.certification.auditing import LEAST, SHARE, Stream, draw_audits, streams
from triage.certification.blame import Blame, blame, wrong_steps
from triage.certification.samples.drawing import plan_of
from triage.cli.common import as_json, configured, print_json, print_table, read_settings
from triage.configuration.settings import Settings
from triage.store.certification.batches import State
from triage.store.look import open_existing


@click.group()
def command() -> None:
    """Watch accepted steps by hidden blind audits.

    A part of them comes up in the experts' queue like any other step. When the audits show that
    more are wrong than was promised, all of the certificate's steps go back to people, with the
    reason drift, until they are certified again.

    Example: triage audit draw
    """


@command.command()
@click.option(
    "--share", type=float, default=SHARE, show_default=True,
    help="Share of each certificate's accepted steps that no one has labelled.",
)  # fmt: skip
@click.option(
    "--least", type=click.IntRange(min=1), default=LEAST, show_default=True,
    help="Steps of each certificate at least, where there are so many.",
)  # fmt: skip
@configured
@as_json
def draw(share: float, least: int, config: Path | None, db: str | None, as_json: bool) -> None:
    """Put a random part of the accepted steps into the experts' queue, once a day, say.

    Example: triage audit draw --share 0.01
    """
    settings = read_settings(config, db).settings
    drawn = draw_audits(open_existing(settings.db), settings, share=share, least=least)
    if as_json:
        print_json([one._asdict() for one in drawn])
        return
    for one in drawn:
        click.echo(
            f"{one.certificate} ({one.stratum}): {one.drawn:,} steps drawn, {one.left:,} left"
        )


@command.command()
@configured
@as_json
def status(config: Path | None, db: str | None, as_json: bool) -> None:
    """Show, for each certificate, what its audits found and how near an alarm is.

    The detector's level is a Shiryaev-Roberts statistic: while no more steps are wrong than was
    promised, it reaches the alarm once in 20,000 audits on average. Undone are audits whose first
    label differs from the machine's and that wait for another before they count. For errors found
    since the rise most likely began it tells which sources had backed them.

    Example: triage audit status
    """
    settings = read_settings(config, db).settings
    with open_existing(settings.db).connect() as connection:
        told = [_told(connection, settings, one) for one in streams(connection)]
    if as_json:
        print_json(told)
        return
    headers = [
        "certificate", "stratum", "state", "audits", "of", "undone", "errors", "level", "alarm at",
    ]  # fmt: skip
    rows = [
        (one["certificate"], one["stratum"], one["state"], one["answered"], one["drawn"],
         one["undone"], one["errors"], f"{one['level']:,.1f}", f"{one['alarm_at']:,.0f}")
        for one in told
    ]  # fmt: skip
    print_table(headers, rows)
    for one in told:
        if one["blame"]:
            click.echo(f"\n{one['certificate']}: errors since audit {one['since']}")
            print_table(
                ["source", "backed them", "knew better", "silent"],
                [tuple(part.values()) for part in one["blame"]],
            )
    if not told:
        click.echo("no certificate was signed yet: triage certify plan")


def _told(connection: Connection, settings: Settings, stream: Stream) -> dict[str, Any]:
    wrong = wrong_steps(connection, settings, stream)
    parts: list[Blame] = blame(wrong)
    return {
        "certificate": stream.batch.certificate_id,
        "stratum": plan_of(stream.batch).stratum,
        "state": "drift" if stream.batch.state is State.RETURNED else "holds",
        "alpha": stream.state.alpha,
        "drawn": stream.drawn,
        "answered": stream.state.audits,
        "undone": stream.undone,
        "errors": stream.state.errors,
        "level": stream.state.level,
        "alarm_at": stream.state.alarm_at,
        "since": stream.state.since,
        "wrong": [one._asdict() for one in wrong],
        "blame": [one._asdict() for one in parts],
    }
