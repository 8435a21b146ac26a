"""`triage backup`: a consistent copy of the store."""

from pathlib import Path

import click

from triage.cli.common import configured, read_settings
from triage.errors import UsageError
from triage.export.files import whole
from triage.store.backup import copy_store
from triage.store.look import file_of, open_existing


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@configured
def command(file: Path, config: Path | None, db: str | None) -> None:
    """Copy the store to FILE, whole and consistent, while others go on using it.

    FILE appears when the copy is complete and found sound; it takes the place of an older one. To
    go back to it, name it as the store: --db sqlite:///FILE.

    Example: triage backup triage-monday.db
    """
    url = read_settings(config, db).settings.db
    engine, store = open_existing(url), file_of(url)
    if store is not None and file.exists() and store.exists() and file.samefile(store):
        raise UsageError(f"{file} is the store itself: name another file")
    with whole(file, database=True) as part:
        size = copy_store(engine, part)
    click.echo(f"{file}: {size:,} bytes")
