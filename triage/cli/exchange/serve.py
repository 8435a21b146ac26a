"""`triage serve`: the REST API and the experts' page."""

from pathlib import Path

import click

from triage.cli.common import configured, read_settings
from triage.errors import MissingExtraError
from triage.runtime.cycles import collect_seldom
from triage.store.database import open_store


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 8000 by default, 0 for any.")
@configured
def command(host: str | None, port: int | None, config: Path | None, db: str | None) -> None:
    """Serve the REST API and the experts' page until it is stopped.

    It listens on this machine only unless told otherwise. Others should come through a proxy that
    speaks https; server.origin then says what they type.

    Example: triage serve --port 8000
    """
    try:
        import uvicorn

        from triage.runtime.logs import log_to_stderr
        from triage.server.app import create_app
        from triage.server.listening import listen
    except ModuleNotFoundError as why:
        raise MissingExtraError("the server", "server") from why
    settings = read_settings(config, db, server__host=host, server__port=port).settings
    # tried first: a server that starts, works on jobs and then finds its port taken does harm
    listen(settings.server.host, settings.server.port).close()
    engine = open_store(settings.db)
    app = create_app(engine, settings)
    log_to_stderr()
    collect_seldom()
    # a request that is under way is finished before the server leaves
    uvicorn.run(
        app,
        host=settings.server.host,
        port=settings.server.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
