"""`triage queue submit`, `import` and `resolve`: answers from outside the terminal's screen."""

from datetime import UTC, datetime
from pathlib import Path

import click

from triage.cli.common import as_json, configured, print_json, read_settings, take_file
from triage.queue.verdicts.answering import Given, resolve
from triage.queue.verdicts.importing import import_verdicts
from triage.queue.verdicts.submitting import submit_by_name
from triage.records import DecidedBy, Label, Mode, Verdict
from triage.store.look import open_existing

_LABELS = click.Choice([label.value for label in Label])


@click.command()
@click.argument("trace")
@click.argument("step", type=click.IntRange(min=0))
@click.argument("label", type=_LABELS)
@click.option("--expert", required=True, metavar="NAME", help="Who answers.")
@click.option("--inherits-error", is_flag=True, help="Sound, but rests on an earlier wrong step.")
@click.option("--note", help="A remark for the lead.")
@click.option("--correction", help="What the step should say.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.BLIND.value,
    help="What the expert had seen of the machine's opinion; blind by default.",
)
@configured
@as_json
def submit(
    trace: str,
    step: int,
    label: str,
    expert: str,
    inherits_error: bool,
    note: str | None,
    correction: str | None,
    mode: str,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Store one expert's label of STEP (counted from 0) of TRACE.

    An expert's later answer replaces the earlier one.

    Example: triage queue submit t1 3 incorrect --expert ann --note "sign lost"
    """
    verdict = Verdict(
        trace_id=trace,
        step=step,
        label=Label(label),
        inherits_error=inherits_error or None,
        expert=expert,
        mode=Mode(mode),
        note=note,
        correction=correction,
        at=datetime.now(UTC),
    )
    settings = read_settings(config, db).settings
    given = submit_by_name(open_existing(settings.db), settings, verdict)
    _tell(given.given, as_json=as_json)
    if given.notice:
        click.echo(given.notice, err=True)


@click.command("import")
@click.argument("file")
@configured
@as_json
def import_(file: str, config: Path | None, db: str | None, as_json: bool) -> int:
    """Take a file of verdicts: JSON Lines, one verdict a line, or - for standard input.

    A line is {"trace_id", "step", "label", "expert", "mode", "at"}, and where given
    "inherits_error", "seconds", "note", "correction" and "answer_id". Taken again, a file changes
    nothing. Lines that can't be taken are listed in FILE.rejects.jsonl.

    Example: triage queue import verdicts.jsonl
    """
    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    return take_file(
        "verdicts.jsonl" if file == "-" else file,
        lambda rejected: import_verdicts(engine, settings, file, rejected),
        what="lines",
        as_json=as_json,
    )


@click.command("resolve")
@click.argument("trace")
@click.argument("step", type=click.IntRange(min=0))
@click.argument("label", type=_LABELS)
@click.option("--adjudicator", required=True, metavar="NAME", help="Who decides: another expert.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--inherits-error", is_flag=True, help="Sound, but rests on an earlier wrong step.")
@click.option("--correction", help="What the step should say.")
@configured
@as_json
def resolve_(
    trace: str,
    step: int,
    label: str,
    adjudicator: str,
    reason: str,
    inherits_error: bool,
    correction: str | None,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """End a split between experts on STEP of TRACE, for good.

    Example: triage queue resolve t1 3 incorrect --adjudicator eve --reason "the bound is strict"
    """
    verdict = Verdict(
        trace_id=trace,
        step=step,
        label=Label(label),
        inherits_error=inherits_error or None,
        expert=adjudicator,
        mode=Mode.ASSISTED,
        note=reason,
        correction=correction,
        at=datetime.now(UTC),
        by=DecidedBy.ADJUDICATOR,
    )
    settings = read_settings(config, db).settings
    _tell(resolve(open_existing(settings.db), settings, verdict), as_json=as_json)


def _tell(given: Given, *, as_json: bool) -> None:
    if as_json:
        final = None if given.final is None else given.final.model_dump(mode="json")
        print_json({"answer_id": given.answer_id, "new": given.new, "final": final})
    elif given.final is None or given.final.label is None:
        click.echo("stored; experts differ on this step: another or an adjudicator decides")
    else:
        click.echo(f"stored; the step is {given.final.label.shown} by {given.final.by.value}")
