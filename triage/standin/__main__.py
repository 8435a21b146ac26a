"""`python -m triage.standin`: run the stand-in until it is interrupted."""

import asyncio
from pathlib import Path

import click
from aiohttp import web

from triage.standin.app import build_app
from triage.standin.script import Script


@click.command()
@click.option("--port", default=8901, show_default=True, help="0 takes a free one.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML or JSON file that says how to behave; without it every request is answered.",
)
def main(port: int, script: Path | None) -> None:
    """A loopback server that speaks OpenAI's and Anthropic's formats without a model behind it.

    Example: python -m triage.standin --port 8901 --script trouble.toml
    """
    asyncio.run(_serve(port, Script.read(script) if script else Script()))


async def _serve(port: int, script: Script) -> None:
    runner = web.AppRunner(build_app(script), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    click.echo(f"listening on {url} (OpenAI: {url}/v1, Anthropic: {url})")
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    main()
