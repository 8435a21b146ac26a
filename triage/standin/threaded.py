"""The stand-in in a thread of the caller's process, for tests and tutorials."""

import asyncio
import threading
from types import TracebackType

from aiohttp import web

from triage.standin.app import Journal, build_app
from triage.standin.script import Script


class StandIn:
    """A running stand-in; `with StandIn(script) as server: server.url`.

    Attributes:
        journal: What it was asked and what it delivered, live.
    """

    def __init__(self, script: Script | None = None, port: int = 0) -> None:
        self.journal = Journal()
        self._script = script or Script()
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a path: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "StandIn":
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the stand-in did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        runner = web.AppRunner(build_app(self._script, self.journal), shutdown_timeout=0.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
