"""`triage prompts`: what judges are told, by name and version."""

from difflib import unified_diff
from pathlib import Path

import click

from triage.cli.common import as_json, print_json, print_table, read_settings, with_config
from triage.promptbook import PromptBook, book_of


@click.group()
def command() -> None:
    """List, show and compare the prompts that judges are given.

    Example: triage prompts list
    """


@command.command("list")
@with_config
@as_json
def list_(config: Path | None, as_json: bool) -> None:
    """List all versions of all prompts, with what each is for.

    Example: triage prompts list
    """
    book = _book(config)
    prompts = [book.get(name) for name in book.names()]
    if as_json:
        print_json(
            [{"name": one.name, "sha256": one.sha256, **one.header.model_dump()} for one in prompts]
        )
    else:
        print_table(
            ("prompt", "hash", "purpose"),
            [(one.name, one.sha256[:16], one.header.purpose) for one in prompts],
        )


@command.command()
@click.argument("name")
@with_config
def show(name: str, config: Path | None) -> None:
    """Show a prompt: NAME with its version, or without it the newest.

    Example: triage prompts show medical/step_judge.v1
    """
    found = _book(config).get(name)
    click.echo(f"{found.id}\n{found.header.purpose}\nchanges: {found.header.changes}\n")
    click.echo(found.text)


@command.command()
@click.argument("old")
@click.argument("new")
@with_config
def diff(old: str, new: str, config: Path | None) -> None:
    """Show how the prompt NEW differs from OLD.

    Example: triage prompts diff medical/step_judge.v1 legal/step_judge.v1
    """
    book = _book(config)
    before, after = book.get(old), book.get(new)
    for line in unified_diff(
        before.text.splitlines(), after.text.splitlines(), before.id, after.id, lineterm=""
    ):
        click.echo(line)


def _book(config: Path | None) -> PromptBook:
    return book_of(read_settings(config).settings.prompts)
