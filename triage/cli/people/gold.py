"""`triage gold`: the steps whose right label is known, for calibration rounds and reliability."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click

from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    print_json,
    print_table,
    read_settings,
)
from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.ingest import RejectsFile, rejects_path
from triage.queue.gold.gold_set import Added, adopt_resolutions, import_gold
from triage.queue.people import TERMINAL
from triage.store.database import open_store, writing
from triage.store.labelling.gold import all_gold, gold_sizes, retire_gold
from triage.store.look import open_existing
from triage.store.people.auditlog import note_act


@click.group()
def command() -> None:
    """The gold set: experts label some of it before their first work in a domain.

    Example: triage gold import gold.jsonl
    """


@command.command("import")
@click.argument("file")
@configured
@as_json
def import_(file: str, config: Path | None, db: str | None, as_json: bool) -> int:
    """Take gold labels from a file: JSON Lines, or - for standard input.

    A line is {"trace_id", "step", "label"} for a step in the store, or a whole trace with
    human.step_labels, which never becomes work. `correct` for a label says valid and no more. Only
    take labels that experts agreed on or that were adjudicated: they decide who may work.

    Example: triage gold import gold.jsonl
    """
    settings = read_settings(config, db).settings
    with ExitStack() as stack:
        path = rejects_path(Path("gold.jsonl" if file == "-" else file))
        rejects = stack.enter_context(RejectsFile(path))
        done = import_gold(open_store(settings.db), TERMINAL, file, rejects.write)
    _tell(settings, done, as_json=as_json)
    if done.rejected:
        click.echo(f"{done.rejected:,} lines were rejected: see {path}", err=True)
    return DONE_WITH_REJECTS if done.rejected else DONE


@command.command()
@click.option("--domain", help="Only steps of this domain.")
@configured
@as_json
def adopt(domain: str | None, config: Path | None, db: str | None, as_json: bool) -> None:
    """Take every step that an adjudicator resolved.

    Example: triage gold adopt --domain math
    """
    settings = read_settings(config, db).settings
    _tell(
        settings, adopt_resolutions(open_existing(settings.db), TERMINAL, domain), as_json=as_json
    )


@command.command("list")
@click.option("--steps", "each", is_flag=True, help="Every step with its label.")
@configured
@as_json
def list_(each: bool, config: Path | None, db: str | None, as_json: bool) -> None:
    """Count the gold set by domain and label, and say where a calibration round is asked for.

    Example: triage gold list --steps
    """
    settings = read_settings(config, db).settings
    with open_existing(settings.db).connect() as connection:
        found = list(all_gold(connection))
    if each:
        rows = [(one.trace_id, one.step, one.domain, one.truth, one.source) for one in found]
        if as_json:
            names = ("trace_id", "step", "domain", "truth", "source")
            print_json([dict(zip(names, row, strict=True)) for row in rows])
        else:
            print_table(["trace", "step", "domain", "label", "from"], rows)
        return
    domains: dict[str, Counter[str]] = {}
    for one in found:
        domains.setdefault(one.domain, Counter())[one.truth.value] += 1
    told = [
        {"domain": name, "steps": labels.total(), "labels": labels,
         "round": _round(settings, name, labels.total())}
        for name, labels in domains.items()
    ]  # fmt: skip
    if as_json:
        print_json(told)
        return
    print_table(
        ["domain", "steps", "labels", "calibration round"],
        [
            (name, labels.total(), ", ".join(f"{n} {word}" for word, n in labels.most_common()),
             _round(settings, name, labels.total()))
            for name, labels in domains.items()
        ],
    )  # fmt: skip
    if not domains:
        click.echo("no gold: no calibration round is asked for in any domain")


@command.command()
@click.argument("trace")
@click.argument("step", type=click.IntRange(min=0))
@configured
def retire(trace: str, step: int, config: Path | None, db: str | None) -> None:
    """Take STEP of TRACE out of the gold set; answers to it count no more.

    Example: triage gold retire t1 3
    """
    with writing(open_existing(read_settings(config, db).settings.db)) as connection:
        if not retire_gold(connection, trace, step):
            raise UsageError(f"step {step} of {trace!r} is no gold: triage gold list --steps")
        note_act(connection, TERMINAL, "gold-retired", {"trace": trace, "step": step})
    click.echo(f"step {step} of {trace} is gold no more")


def _tell(settings: Settings, done: Added, *, as_json: bool) -> None:
    with open_existing(settings.db).connect() as connection:
        sizes = gold_sizes(connection)
    rounds = {name: _round(settings, name, size) for name, size in sizes.items()}
    if as_json:
        print_json(done.model_dump() | {"rounds": rounds})
        return
    click.echo(f"{done.new:,} gold steps are new, {done.known:,} were known")
    for name, told in rounds.items():
        click.echo(f"{name}: {told}")


def _round(settings: Settings, domain: str, steps: int) -> str:
    wanted = settings.admission.steps_in(domain)
    if not wanted:
        return "off by the setting admission.steps"
    if steps < wanted:
        return f"off: {steps} of the {wanted} gold steps that a round takes"
    return f"{wanted} of {steps} steps before the first work"
