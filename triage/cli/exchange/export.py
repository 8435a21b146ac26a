"""`triage export`: what the store holds, in the forms that others read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from triage.certification.shares import shares_promised
from triage.cli.common import DONE, DONE_WITH_REJECTS, configured, read_settings
from triage.cli.exchange.export_platforms import (
    argilla_command,
    jsonl_command,
    label_studio_command,
    langfuse_command,
)
from triage.cli.exchange.export_verdicts import verdicts_command
from triage.errors import InputError
from triage.export import decisions, prm800k, trl
from triage.export.columns import Column
from triage.export.rows import rows_to
from triage.export.settled import Include
from triage.pipeline.deciding import Considered
from triage.pipeline.stored import stored_decisions
from triage.plugininfo import PluginInfo
from triage.runtime.progress import stage
from triage.store.look import open_existing
from triage.store.run.batch import Batch
from triage.store.run.plugins import known_plugins

Command = TypeVar("Command", bound=Callable[..., Any])
Row = Mapping[str, Any]
Rows = Callable[[Considered, "Known"], Iterable[Row]]

_NOTHING: Final = (
    "nothing that was asked for is settled yet: experts label steps (`triage queue next`), a "
    "certificate accepts clear ones (`triage certify plan`), and --include provisional writes "
    "those that wait for one"
)


class Known(NamedTuple):
    """What the store knows beside the traces.

    Attributes:
        shares: The share of wrong labels that each certificate promises at most, by its id.
    """

    plugins: Mapping[str, PluginInfo]
    shares: Mapping[str, float]


_SHOWN: Final = 5
"""Traces that are named where some could not be exported."""


@click.group()
def command() -> None:
    """Write what the store holds in a form that others read.

    FILE's name tells the form: .parquet is Parquet (nested values as JSON text), .gz gzipped JSON
    Lines, everything else JSON Lines. It appears whole or not at all.

    Example: triage export trl --out train.parquet
    """


for of_a_platform in (label_studio_command, argilla_command, langfuse_command, jsonl_command):
    command.add_command(of_a_platform)
command.add_command(verdicts_command)


def _common(of: Command) -> Command:
    for option in (
        click.option("--domain", "domains", multiple=True, help="Only this domain; repeatable."),
        click.option("--trace", "traces", multiple=True, help="Only this trace; repeatable."),
        click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            help="The file; standard output if absent or -.",
        ),
    ):
        of = option(of)
    return configured(of)


_include = click.option(
    "--include",
    type=click.Choice([one.value for one in Include]),
    default=Include.SETTLED.value,
    show_default=True,
    help="Whose labels count: people's (human), also those a signed certificate accepts (settled), "
    "or also clear steps that wait for one, without any promise (provisional).",
)


@command.command("decisions")
@click.option(
    "--accept",
    type=click.Choice(["provisional"]),
    help="Write clear steps as accepted, without any promise.",
)
@_common
def decisions_command(accept: str | None, **common: Any) -> int:
    """Write one decision a line: each step with its labels and all that is behind them.

    inherits_error stands beside the label and is never folded into it.

    Example: triage export decisions --out decisions.jsonl
    """

    def rows(one: Considered, known: Known) -> Iterable[Row]:
        for decision in decisions.decisions_of(
            *one, known.plugins, accept_provisional=accept == "provisional"
        ):
            yield decision.model_dump(mode="json", by_alias=True)

    return _export(rows, decisions.COLUMNS, **common)


@command.command("trl")
@_include
@click.option(
    "--redundant",
    type=click.Choice([one.value for one in trl.As]),
    default=trl.As.TRUE.value,
    show_default=True,
    help="What a redundant step becomes; false is what TRL's own conversion of PRM800K does, "
    "drop leaves the step out.",
)
@click.option(
    "--incomplete",
    type=click.Choice([one.value for one in trl.As]),
    default=trl.As.FALSE.value,
    show_default=True,
    help="What an incomplete step becomes; drop leaves out the step and all that follow it.",
)
@_common
def trl_command(include: str, redundant: str, incomplete: str, **common: Any) -> int:
    """Write stepwise supervision for TRL: prompt, completions, and labels of true or false.

    A trace goes out up to its first step without a label; one whose first step has none stays
    behind. A necessary step is true, an incorrect one false. A label says whether the step is
    sound in itself: inherits_error is not folded into it and stands in a column beside it, like
    soft_labels (the machine's probability that the step is valid), step_labels, by, certificates,
    wrong_at_most (what the certificate promises), trace_id and metadata.

    Example: triage export trl --redundant false --out train.jsonl
    """
    policy = trl.TrlPolicy(
        include=Include(include), redundant=trl.As(redundant), incomplete=trl.As(incomplete)
    )

    def rows(one: Considered, known: Known) -> Iterable[Row]:
        row = trl.trl_row(*one, policy, known.shares)
        return [row] if row else []

    return _export(rows, trl.COLUMNS, **common)


@command.command("prm800k")
@_include
@_common
def prm800k_command(include: str, **common: Any) -> int:
    """Write the form of PRM800K: a trace a line, a rating of 1, 0 or -1 a step.

    necessary is 1, redundant 0, incorrect and incomplete -1; null is what is not known. Steps
    after the last known one are left out of label.steps, and traces without one stay behind.
    inherits_error does not change a rating: it stands in label.triage, with the four labels, who
    decided (by), certificates, wrong_at_most, soft_labels, trace_id and metadata.

    Example: triage export prm800k --out ratings.jsonl.gz
    """

    def rows(one: Considered, known: Known) -> Iterable[Row]:
        row = prm800k.prm800k_row(*one, Include(include), known.shares)
        return [row] if row else []

    return _export(rows, prm800k.COLUMNS, **common)


def _export(
    rows: Rows,
    columns: Sequence[Column],
    *,
    out: Path | None,
    domains: Sequence[str],
    traces: Sequence[str],
    db: str | None,
    config: Path | None,
) -> int:
    settings = read_settings(config, db).settings
    undecided: list[str] = []
    written = behind = 0
    with open_existing(settings.db).connect() as connection:
        batch = Batch(connection)
        with connection.begin():
            batch.add_all(ids=traces, domains=domains)
            known = Known(known_plugins(connection), shares_promised(connection))
        total = len(batch)
        if not total:
            raise InputError("the store holds no such traces: `triage run` takes traces in")
        with rows_to(out, columns) as write, stage("exporting", total) as advance:
            for one in stored_decisions(connection, batch, settings, undecided.append):
                before = written
                for row in rows(one, known):
                    write(row)
                    written += 1
                behind += written == before
                advance(1)
    click.echo(f"{written:,} rows from {total - behind - len(undecided):,} traces", err=True)
    if behind:
        click.echo(f"{behind:,} traces stayed behind: they have no label to export", err=True)
        if not written:
            click.echo(_NOTHING, err=True)
    if undecided:
        names = ", ".join(undecided[:_SHOWN]) + (", ..." if len(undecided) > _SHOWN else "")
        click.echo(
            f"{len(undecided):,} traces are not decided yet ({names}): run them again", err=True
        )
    return DONE_WITH_REJECTS if undecided else DONE
