"""The `triage` command: finds sub-commands by name and turns errors into one readable line."""

import importlib
import keyword
import os
import sys
from typing import Any, Final

import click

from triage import __version__
from triage.errors import TriageError

_COMMANDS: Final = {
    "run": "Ingest traces, ask plugins, decide which steps an expert must see.",
    "estimate": "Reckon calls, tokens, money and experts' minutes before anything is spent.",
    "queue": "The experts' queue: label steps, take verdict files, resolve splits.",
    "experts": "Say who may answer, and for which domains.",
    "gold": "Steps whose label is known: calibration rounds before work, and reliability.",
    "calibrate": "Learn from expert labels how likely the machine is wrong.",
    "agreement": "Measure how far experts agree, and who may join a queue.",
    "certify": "The guarantee: how many blind labels, which steps, the certificate, its check.",
    "audit": "Watch accepted steps by hidden blind audits, and send them back when they drift.",
    "serve": "Serve the REST API and the experts' page.",
    "report": "Write one page for a lead: where steps went, what it took, what is promised.",
    "label-studio": "Connect a project of Label Studio.",
    "import": "Take what people said on other platforms as verdicts.",
    "export": "Write decisions and training data in the forms that others read.",
    "evaluate": "Measure plugins, judges and triage against human labels.",
    "backup": "Copy the store while it is in use.",
    "forget": "Erase traces and what was derived from them.",
    "prompts": "List, show and compare the prompts that judges are given.",
    "plugins": "List plugins: loaded or broken; write, check and measure one's own.",
    "doctor": "Show what is configured, what is missing, where data can go, and what to do.",
    "demo": "Run the whole main job on the project's own examples.",
}
"""Sub-commands with their help line, so that listing them imports none."""

_FOLDERS: Final = {
    "running": ("calibrate", "demo", "estimate", "evaluate", "report", "run"),
    "people": ("agreement", "experts", "gold", "queue"),
    "certificates": ("audit", "certify"),
    "exchange": ("export", "import", "label-studio", "serve"),
    "upkeep": ("backup", "doctor", "forget", "plugins", "prompts"),
}
_FOLDER_OF: Final = {command: folder for folder, held in _FOLDERS.items() for command in held}


def module_of(command: str) -> str:
    """The module of a sub-command; a word that Python keeps for itself gets an underscore."""
    name = command.replace("-", "_")
    return f"triage.cli.{_FOLDER_OF[command]}.{name}{'_' * keyword.iskeyword(name)}"


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which work is done."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a sub-command."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(module_of(cmd_name))
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the sub-commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="triage")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def cli(debug: bool) -> None:
    """Label reasoning steps: plugins propose, a certificate accepts, experts decide the rest.

    Example: triage run traces.jsonl --out decisions.jsonl
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status.

    0 done; 1 failed; 2 wrong usage or no usable input; 3 done, but some items failed or were
    rejected and are listed; 4 stopped at the money limit.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        # a word for every command: wherever it stands, it is taken out here
        plain = [word for word in given if word != "--debug"]
        status: Any = cli.main(plain, prog_name="triage", standalone_mode=False)
    except click.ClickException as why:
        why.show()
        sys.exit(why.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was stored stays, start again to go on", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # whoever read our output has gone: nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    # the last border: what no one foresaw (a full disk, a lost database) is told in a line too
    except Exception as raised:
        if debug:
            raise
        first = _first_of(raised)
        if isinstance(first, TriageError):
            click.echo(f"triage: {first}", err=True)
            sys.exit(first.exit_status)
        click.echo(f"triage: {_told(first)} (--debug shows where)", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _told(why: Exception) -> str:
    """What no one foresaw, in a line that says what to look for where that is known."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(why, DBAPIError):
        return (
            f"the store can't be read or written: {str(why.orig).strip()}; look for a full disk or "
            "a lost database; what was stored stays, start again to go on"
        )
    if isinstance(why, OSError) and why.strerror and why.filename:
        return f"{why.filename}: {why.strerror}"
    words = str(why).splitlines()
    return f"{type(why).__name__}: {words[0] if words else 'no details'}"


def _first_of(why: Exception) -> Exception:
    """What went wrong first, where several things at a time did."""
    while isinstance(why, ExceptionGroup):
        why = why.exceptions[0]
    return why
