"""`triage export label-studio`, `argilla`, `langfuse` and `jsonl`: steps for people elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import click
import orjson
from sqlalchemy import Connection

from triage.cli.common import configured, read_settings
from triage.configuration.settings import Settings
from triage.errors import InputError, UsageError
from triage.export.files import json_lines, whole
from triage.platforms import argilla, flat, langfuse
from triage.platforms.label_studio.api import LabelStudio
from triage.platforms.label_studio.exporting import Form, send, tasks
from triage.platforms.label_studio.forms.config import View
from triage.platforms.opinions import Told
from triage.platforms.selecting import Which, chosen_steps
from triage.store.look import open_existing
from triage.store.platforms.label_studio import project_of_number
from triage.store.run.batch import Batch

Command = TypeVar("Command", bound=Callable[..., Any])


class Make(Protocol):
    """Puts a step into a platform's form; None where there is nothing to say of it."""

    def __call__(
        self, told: Told, step: int, version: str, *, blind: bool
    ) -> dict[str, Any] | None:
        """Make a row of a step."""


_DOMAIN = click.option("--domain", "domains", multiple=True, help="Only this domain; repeatable.")
_TRACE = click.option("--trace", "traces", multiple=True, help="Only this trace; repeatable.")
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; standard output if absent or -.",
)
_STEPS = click.option(
    "--steps",
    type=click.Choice([one.value for one in Which]),
    default=Which.WAITING.value,
    show_default=True,
    help="Which go out: those that a person is to decide, or all.",
)
_BLIND = click.option(
    "--blind",
    is_flag=True,
    help="Without anything of the machine's, and with the blind sample among them.",
)


@click.command("label-studio")
@click.option("--project", type=int, help="Send the tasks there; it says whether it is blind.")
@click.option(
    "--view",
    type=click.Choice([one.value for one in View]),
    default=View.STEP.value,
    show_default=True,
    help="What a task holds: one step, or a whole trace. A --project says so itself.",
)
@_STEPS
@_BLIND
@_DOMAIN
@_TRACE
@_OUT
@configured
def label_studio_command(
    project: int | None,
    view: str,
    steps: str,
    blind: bool,
    domains: Sequence[str],
    traces: Sequence[str],
    out: Path | None,
    config: Path | None,
    db: str | None,
) -> None:
    """Write tasks with predictions as Label Studio imports them, or put them into a project.

    Sent again, only tasks that the project does not have are sent.

    Example: triage export label-studio --project 1
    """
    settings = read_settings(config, db).settings
    form = Form(View(view), Which(steps), blind)
    if project is None:
        with (
            _batch(settings, domains, traces) as (connection, batch),
            _array(out) as write,
        ):
            count = sum(write(task) for task in tasks(connection, batch, settings, form))
        click.echo(f"{count:,} tasks", err=True)
        return
    with _batch(settings, domains, traces) as (connection, batch):
        with connection.begin():
            known = project_of_number(connection, project)
        if known is None:
            raise UsageError(f"project {project} is not connected: triage label-studio connect")
        form = Form(View(known.view), form.which, known.blind)
        with LabelStudio(known.url, settings.label_studio.token) as client:
            sent, there = send(client, project, tasks(connection, batch, settings, form))
    click.echo(f"{sent:,} tasks were sent, {there:,} were there", err=True)


def _steps(of: Command) -> Command:
    for option in (_OUT, _TRACE, _DOMAIN, _BLIND, _STEPS):
        of = option(of)
    return configured(of)


@click.command("argilla")
@_steps
def argilla_command(**common: Any) -> None:
    """Write steps with suggestions, as Argilla's client reads them (`records.from_json`).

    The dataset needs the text fields problem, earlier, step and evidence, and a label question
    step_label; text questions note and correction are read back too.

    Example: triage export argilla --out records.json
    """
    _write(argilla.record, array=True, **common)


@click.command("langfuse")
@click.option("--score-config", metavar="ID", help="Let people find the scores filled in.")
@_steps
def langfuse_command(score_config: str | None, blind: bool, **common: Any) -> None:
    """Write proposed labels as scores, one a line, each the body of POST /api/public/scores.

    A trace's metadata may name each step's observation (observation_ids) and the trace in Langfuse
    (langfuse_trace_id); without them a score goes to the trace of the same id.

    Example: triage export langfuse --out scores.jsonl
    """
    if blind:
        raise UsageError("scores are what the machine says: there is nothing to write --blind")

    def score(told: Told, step: int, version: str, **_blind: bool) -> dict[str, Any] | None:
        return langfuse.score(told, step, version, score_config)

    _write(score, array=False, blind=blind, **common)


@click.command("jsonl")
@_steps
def jsonl_command(**common: Any) -> None:
    """Write plain JSON Lines for any other tool: a step a line, with what the machine says.

    Filled in with label and expert, `triage import jsonl` takes the same lines back.

    Example: triage export jsonl --blind --out steps.jsonl
    """
    _write(flat.line, array=False, **common)


def _write(
    make: Make,
    *,
    array: bool,
    steps: str,
    blind: bool,
    domains: Sequence[str],
    traces: Sequence[str],
    out: Path | None,
    config: Path | None,
    db: str | None,
) -> None:
    settings = read_settings(config, db).settings
    opened = _array(out) if array else _lines(out)
    with _batch(settings, domains, traces) as (connection, batch), opened as write:
        count = 0
        for told, step, version in chosen_steps(
            connection, batch, settings, Which(steps), blind=blind
        ):
            row = make(told, step, version, blind=blind)
            count += 0 if row is None else write(row)
    click.echo(f"{count:,} steps", err=True)


@contextmanager
def _batch(
    settings: Settings, domains: Sequence[str], traces: Sequence[str]
) -> Iterator[tuple[Connection, Batch]]:
    with open_existing(settings.db).connect() as connection:
        batch = Batch(connection)
        with connection.begin():
            batch.add_all(ids=traces, domains=domains)
        if not len(batch):
            raise InputError("the store holds no such traces: `triage run` takes traces in")
        yield connection, batch


@contextmanager
def _array(out: Path | None) -> Iterator[Callable[[Any], int]]:
    """Take values one by one into a JSON array; a file appears whole or not at all."""
    with ExitStack() as stack:
        if out is None or str(out) == "-":
            stream: BinaryIO = sys.stdout.buffer
        else:
            stream = stack.enter_context(stack.enter_context(whole(out)).open("wb"))
        count = 0

        def write(value: Any) -> int:
            nonlocal count
            stream.write((b",\n" if count else b"[\n") + orjson.dumps(value))
            count += 1
            return 1

        yield write
        stream.write(b"\n]\n" if count else b"[]\n")
        stream.flush()


@contextmanager
def _lines(out: Path | None) -> Iterator[Callable[[Any], int]]:
    """The same as JSON Lines, gzipped where the name ends in .gz."""
    with ExitStack() as stack:
        if out is None or str(out) == "-":
            stream: BinaryIO = sys.stdout.buffer
        else:
            stream = stack.enter_context(json_lines(out))

        def write(value: Any) -> int:
            stream.write(orjson.dumps(value) + b"\n")
            return 1

        yield write
        stream.flush()
