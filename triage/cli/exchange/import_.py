"""`triage import`: what people said on other platforms, as verdicts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import Engine

from triage.cli.common import as_json, configured, read_settings, take_file
from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.ingest import Reject
from triage.platforms import argilla, flat, langfuse
from triage.platforms.label_studio.api import LabelStudio
from triage.platforms.label_studio.importing import Ways, import_export, import_project
from triage.platforms.said import Parse, import_file
from triage.platforms.selecting import told_in
from triage.queue.verdicts.importing import Imported
from triage.store.look import open_existing
from triage.store.run.batch import Batch

Rejected = Callable[[Reject], None]
_STDIN: Final = "-"


@click.group()
def command() -> None:
    """Take what people said on other platforms as verdicts.

    Taken again, nothing changes. What can't be taken is listed in FILE.rejects.jsonl with the
    reason. Answers count as assisted, so that they train and never certify, wherever a prediction
    was shown or may have been.

    Example: triage import label-studio --project 1
    """


@command.command("label-studio")
@click.argument("file", required=False)
@click.option("--project", type=int, help="The project's number.")
@click.option(
    "--expert", "experts", multiple=True, metavar="ID=NAME",
    help="Who a user of the file is here, where the project is not connected. Repeatable.",
)  # fmt: skip
@configured
@as_json
def label_studio_command(
    file: str | None,
    project: int | None,
    experts: tuple[str, ...],
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Take FILE, a project that was exported as JSON, or --project straight from Label Studio.

    Its answers are blind only in a project that was connected as --blind, on tasks without
    predictions.

    Example: triage import label-studio --project 1
    """
    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    names = dict(_pair(one) for one in experts)

    def work(rejected: Rejected) -> Imported:
        if file is not None:
            return import_export(engine, settings, file, Ways(project, names), rejected)
        if project is None:
            raise UsageError("say which: an exported FILE, or --project NUMBER")
        with LabelStudio(settings.label_studio.url, settings.label_studio.token) as client:
            return import_project(engine, settings, client, project, rejected)

    return _import(file or f"project-{project}.jsonl", work, as_json=as_json)


_EXPERT = click.option(
    "--expert", "experts", multiple=True, metavar="ID=NAME",
    help="Who a user of the platform is here; the id itself if absent. Repeatable.",
)  # fmt: skip


@command.command("argilla")
@click.argument("file")
@_EXPERT
@configured
@as_json
def argilla_command(
    file: str, experts: tuple[str, ...], config: Path | None, db: str | None, as_json: bool
) -> int:
    """Take responses from FILE, records as Argilla's client writes them (`records.to_json`).

    They count as assisted: Argilla does not export when they were given.

    Example: triage import argilla records.json --expert 5f0c...=ann
    """
    names = dict(_pair(one) for one in experts)
    return _import_file(file, lambda _engine, _settings: argilla.reader(names), config, db, as_json)


@command.command("langfuse")
@click.argument("file")
@_EXPERT
@configured
@as_json
def langfuse_command(
    file: str, experts: tuple[str, ...], config: Path | None, db: str | None, as_json: bool
) -> int:
    """Take people's scores from FILE, as GET /api/public/v3/scores?source=ANNOTATION lists them.

    A score a line, or pages with data. They count as assisted: Langfuse shows all scores.

    Example: triage import langfuse scores.json --expert cm123=ann
    """
    names = dict(_pair(one) for one in experts)

    def parse(engine: Engine, settings: Settings) -> Parse:
        return langfuse.reader(_places(engine, settings), names)

    return _import_file(file, parse, config, db, as_json)


@command.command("jsonl")
@click.argument("file")
@configured
@as_json
def jsonl_command(file: str, config: Path | None, db: str | None, as_json: bool) -> int:
    """Take FILE, lines as `triage export jsonl` writes them with label and expert filled in.

    A line counts as blind if it says so ("mode": "blind"), tells when ("at") and carries nothing of
    the machine's. One without a label is passed over.

    Example: triage import jsonl steps.jsonl
    """
    return _import_file(file, lambda _engine, _settings: flat.said, config, db, as_json)


def _import_file(
    file: str,
    parse: Callable[[Engine, Settings], Parse],
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    reader = parse(engine, settings)
    return _import(
        file,
        lambda rejected: import_file(engine, settings, file, reader, rejected),
        as_json=as_json,
    )


def _places(engine: Engine, settings: Settings) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    with engine.connect() as connection:
        batch = Batch(connection)
        with connection.begin():
            batch.add_all()
        for told, _version in told_in(connection, batch, settings):
            found |= langfuse.places_of(told)
    return found


def _import(file: str, work: Callable[[Rejected], Imported], *, as_json: bool) -> int:
    name = "answers.jsonl" if file == _STDIN else file
    return take_file(name, work, what="answers", as_json=as_json)


def _pair(given: str) -> tuple[str, Any]:
    number, sign, name = given.partition("=")
    if not (number and sign and name):
        raise UsageError(f"--expert {given!r} is not of the form ID=NAME")
    return number, name
