"""What commands share: options, settings, tables and exit statuses."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from triage.configuration.configure import Configured, configure
from triage.configuration.settings import Settings
from triage.errors import UsageError

if TYPE_CHECKING:
    from triage.ingest import Reject
    from triage.queue.verdicts.importing import Imported

DONE: Final = 0
DONE_WITH_REJECTS: Final = 3
AT_LIMIT: Final = 4

_WIDE: Final = 10_000
"""Columns where no terminal shows them."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Amount(click.FloatRange):
    """A number that limits or prices something: whatever is no number would be no limit.

    Args:
        example: What to give, as told to who gave something else, e.g. `US dollars, such as 5`.
    """

    def __init__(self, example: str, **bounds: Any) -> None:
        super().__init__(**bounds)
        self.example = example

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number.

        Raises:
            click.BadParameter: It is none, endless, or outside the bounds.
        """
        try:
            number: float = super().convert(value, param, ctx)
        except click.BadParameter:
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{value!r} is no such number: give {self.example}", param, ctx)
        return number


DOLLARS: Final = Amount("US dollars from 0 on, such as 5 or 0.50", min=0)


def with_config(command: Command) -> Command:
    """Give a command the option `--config`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Settings file; triage.toml of the working folder if there is one.",
    )(command)


def configured(command: Command) -> Command:
    """Give a command the options `--db` and `--config`."""
    return click.option("--db", metavar="URL", help="The store; sqlite:///triage.db by default.")(
        with_config(command)
    )


def read_settings(config: Path | None, db: str | None = None, **values: Any) -> Configured:
    """Settings with what the command line says on top; dots are written as double underscores."""
    given = {name.replace("__", "."): value for name, value in values.items()}
    return configure(file=config, command_line={"db": db, **given})


def only_judges(settings: Settings, names: Sequence[str]) -> Settings:
    """Settings whose panel has the named judges only; all of them where none is named.

    Raises:
        UsageError: The panel has no such judge, or a plugin's table names one that it has not.
    """
    from triage.pipeline.judges import amiss_in_choices  # what other commands need not load

    for amiss in amiss_in_choices(settings):
        raise UsageError(amiss)
    for name in names:
        if name not in settings.judges:
            there = ", ".join(sorted(settings.judges)) or "none: see docs/judges.md"
            raise UsageError(f"no judge {name!r} is configured; there are: {there}")
    chosen = {name: settings.judges[name] for name in names} or settings.judges
    return settings.model_copy(update={"judges": chosen})


def as_json(command: Command) -> Command:
    """Give a command the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def plain(told: str) -> str:
    """Domains, ids and what plugins raise are others' words: they shall not steer the terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in told)


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def take_file(
    name: str, take: "Callable[[Callable[[Reject], None]], Imported]", *, what: str, as_json: bool
) -> int:
    """Take what people said from a file, and tell what became of it.

    Args:
        name: The file that the rejects file is named after.
        take: Does it, handing on what can't be taken.
        what: What the file holds, in the plural.

    Returns:
        The command's exit status.
    """
    from triage.ingest import RejectsFile, rejects_path

    path = rejects_path(Path(name))
    with RejectsFile(path) as rejects:
        imported = take(rejects.write)
    if as_json:
        print_json(imported.model_dump(exclude=None if imported.silent else {"silent"}))
    else:
        click.echo(f"{imported.new:,} verdicts are new, {imported.known:,} were known")
    if imported.silent:
        click.echo(f"{imported.silent:,} rows hold no answer and were passed over", err=True)
    if imported.rejected:
        click.echo(f"{imported.rejected:,} {what} were rejected: see {path}", err=True)
    return DONE_WITH_REJECTS if imported.rejected else DONE


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with as many columns as headers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for place, header in enumerate(headers):
        table.add_column(header, no_wrap=not place)  # the name of what the row is about
    for row in rows:
        # text of a trace may look like markup: it is data
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    # another program reads whole lines: only a terminal has an edge
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)
