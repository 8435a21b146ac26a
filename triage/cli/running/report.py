"""`triage report`: one self-contained page for a lead."""

from pathlib import Path

import click

from triage.cli.common import DONE, Amount, as_json, configured, print_json, read_settings
from triage.export.files import whole
from triage.report import Assumptions, gather
from triage.store.look import open_existing

_PAGE = Path("report.html")


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False),
    help="The page; report.html by default, and none with --json alone.",
)  # fmt: skip
@click.option(
    "--seconds", type=Amount("seconds above 0, such as 90", min=0, min_open=True),
    help="Seconds that a verdict takes; measured from at least 20 verdicts, or else 90.",
)  # fmt: skip
@click.option(
    "--hourly-rate", metavar="USD",
    type=Amount("US dollars above 0, such as 60", min=0, min_open=True),
    help="What an expert's hour costs; without it the page says nothing of experts' money.",
)  # fmt: skip
@configured
@as_json
def command(
    out: Path | None,
    seconds: float | None,
    hourly_rate: float | None,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Write one page that shows a lead where the steps went, what it took, and what is promised.

    The page is a single file that loads nothing and runs no script: mail it, print it, keep it.
    It holds figures and names of domains, sources and experts, and no text of any trace.

    Example: triage report --out report.html --hourly-rate 60
    """
    settings = read_settings(config, db).settings
    with open_existing(settings.db).connect() as connection:
        report = gather(connection, settings, Assumptions(seconds, hourly_rate))
    if as_json:
        print_json(report.model_dump(mode="json", by_alias=True))
    if out is not None or not as_json:
        from triage.report.rendering.page import render

        page = render(report)
        path = out or _PAGE
        with whole(path) as part:
            part.write_text(page, encoding="utf-8")
        click.echo(f"wrote {path}", err=True)
    return DONE
