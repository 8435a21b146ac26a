"""`triage export verdicts`: the verdict log, for a check on any machine."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click
import orjson

from triage.cli.common import configured, read_settings
from triage.export.files import json_lines
from triage.store.labelling.verdicts import check_chain, log_lines
from triage.store.look import open_existing


@click.command("verdicts")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file, gzipped if it ends in .gz; standard output if absent or -.",
)
@click.option(
    "--no-words",
    is_flag=True,
    help="Leave out notes, corrections and the salts that bind texts; the chain still holds.",
)
@configured
def verdicts_command(out: Path | None, no_words: bool, config: Path | None, db: str | None) -> None:
    """Write the verdict log, one row a line in its order, once its chain is found intact.

    Each row's hash covers the row before it. The last hash is told on stderr: kept elsewhere, it
    shows later whether rows were cut off.

    Example: triage export verdicts --out verdict-log.jsonl
    """
    engine = open_existing(read_settings(config, db).settings.db)
    with engine.connect() as connection, connection.begin(), ExitStack() as stack:
        chain = check_chain(connection)
        stream: BinaryIO
        if out is None or str(out) == "-":
            stream = sys.stdout.buffer
        else:
            stream = stack.enter_context(json_lines(out))
        for line in log_lines(connection, words=not no_words):
            stream.write(orjson.dumps(line) + b"\n")
    click.echo(f"{chain.rows:,} rows, the last hash is {chain.head}", err=True)
