"""Prints docs/commands.md: every command's help as the command line shows it."""

import click

from triage.cli.main import cli


def main() -> None:
    """Walk the commands and print their help."""
    click.echo("# Commands\n\nMade by `python docs/commands.py > docs/commands.md`.")
    _tell(cli, click.Context(cli, info_name="triage"))


def _tell(command: click.Command, context: click.Context) -> None:
    context.max_content_width = 96
    click.echo(f"\n## `{context.command_path}`\n\n```\n{command.get_help(context)}\n```")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                _tell(below, click.Context(below, info_name=name, parent=context))


if __name__ == "__main__":
    main()
