"""`triage label-studio`: connects a project of Label Studio."""

from pathlib import Path

import click

from triage.cli.common import as_json, configured, print_json, read_settings
from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.platforms.label_studio.forms.config import View, label_config
from triage.store.database import open_store

_VIEW = click.option(
    "--view",
    type=click.Choice([one.value for one in View]),
    default=View.STEP.value,
    show_default=True,
    help="What a task holds: one step, or a whole trace.",
)
_BLIND = click.option(
    "--blind",
    is_flag=True,
    help="Nothing of the machine's is ever shown: its labels may certify.",
)


@click.group()
def command() -> None:
    """Work with Label Studio as its ML backend.

    Example: triage label-studio connect --url http://localhost:8080
    """


@command.command("connect")
@click.option("--url", help="Where Label Studio is; http://localhost:8080 by default.")
@click.option("--project", type=int, help="A project that is there; by its --title if absent.")
@click.option("--title", default="triage", show_default=True, help="Made if there is none.")
@click.option("--backend", help="Where Label Studio reaches `triage serve`, with /label-studio.")
@click.option(
    "--expert", "experts", multiple=True, metavar="MAIL=NAME",
    help="Who somebody of Label Studio is here; the mail address itself if absent. Repeatable.",
)  # fmt: skip
@_VIEW
@_BLIND
@configured
@as_json
def connect_command(
    url: str | None,
    project: int | None,
    title: str,
    backend: str | None,
    experts: tuple[str, ...],
    view: str,
    blind: bool,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Make or check a project, its backend and its webhook; says what Label Studio needs for it.

    `triage serve` must be running. The token is TRIAGE_LABEL_STUDIO_TOKEN: a personal access token
    of Label Studio, from Account & Settings there. Done again it checks everything, reads who
    there is, and renews the project's key.

    Example: triage label-studio connect --title Steps --expert ann@example.org=ann
    """
    from triage.platforms.label_studio.api import LabelStudio
    from triage.platforms.label_studio.connecting import Wish, connect

    settings = read_settings(config, db, label_studio__url=url).settings
    wish = Wish(project, title, View(view), backend or _backend(settings), blind, _names(experts))
    with LabelStudio(settings.label_studio.url, settings.label_studio.token) as client:
        done = connect(open_store(settings.db), client, wish)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    how = "blind" if done.blind else "with predictions"
    click.echo(
        f"project {done.project} ({done.title}) is {'made' if done.made else 'checked'}: by "
        f"{done.view.value}, {how}; Label Studio {done.version}"
    )
    click.echo(f"backend  {done.backend}, as {done.account}")
    click.echo(f"page     {done.page}")
    for one in done.advice:
        click.echo(f"note: {one}", err=True)
    for name in done.strangers:
        click.echo(
            f"answers of {name} are refused until: triage experts add {name} --credential DOMAIN",
            err=True,
        )


@command.command("config")
@_VIEW
@_BLIND
def config_command(view: str, blind: bool) -> None:
    """Print the labelling configuration that `connect` gives a new project.

    Example: triage label-studio config --view trace
    """
    click.echo(label_config(View(view), blind=blind), nl=False)


def _backend(settings: Settings) -> str:
    server = settings.server
    return f"{(server.origin or f'http://{server.host}:{server.port}').rstrip('/')}/label-studio"


def _names(given: tuple[str, ...]) -> dict[str, str]:
    names = {}
    for one in given:
        mail, sign, name = one.partition("=")
        if not (mail and sign and name):
            raise UsageError(f"--expert {one!r} is not of the form MAIL=NAME")
        names[mail] = name
    return names
