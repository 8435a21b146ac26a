"""The process beside the server that does all the work: calls, jobs and messages.

It keeps the plugins' worker processes warm, and the server free for those who wait for a page. It
leaves when the server is gone, however that ended: whatever it did is in the store.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Final

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.jobs.calls import BusyError, Calls
from triage.jobs.frames import Frame, Kind, read
from triage.jobs.line import Line
from triage.jobs.runner import Runner
from triage.judging import read_panel
from triage.pipeline.judges import judging_with
from triage.pipeline.sources import find_sources, workers_for
from triage.runtime.cycles import collect_seldom
from triage.runtime.loops import fast_loop
from triage.runtime.threads import share_often
from triage.store.database import connect_to_write, open_store
from triage.store.platforms.jobs import drop_abandoned
from triage.store.platforms.turn import TakenTurnError, turn
from triage.store.run.plugins import keep_plugins
from triage.webhooks.address import read_networks
from triage.webhooks.sending import send_due

_LOG: Final = logging.getLogger("triage.jobs")
_TURN_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 2.0
ACCOUNT: Final = "prelabel"
"""The ledger's account that pays for calls."""


async def work(stream: socket.socket) -> None:
    """Work for the server at the other end until it is gone."""
    reader, writer = await asyncio.open_connection(sock=stream)
    first = await read(reader)
    if first is None:
        return
    settings = Settings.model_validate_json(first.body)
    engine = open_store(settings.db)
    panel = read_panel(settings.judges)
    async with AsyncExitStack() as stack:
        workers = stack.enter_context(workers_for(settings))
        workers.warm_up()
        sources = await find_sources(workers, settings)
        connection = stack.enter_context(connect_to_write(engine))
        with connection.begin():
            keep_plugins(connection, sources.infos, sources.fingerprints)
            drop_abandoned(connection)
        judging = None
        if panel:
            limit = settings.jobs.prelabel_budget_usd
            judging = await stack.enter_async_context(
                judging_with(
                    engine, panel, sources.helpers, settings, budget_usd=limit, account=ACCOUNT
                )
            )
        line = Line(connection, sources, settings, judging)
        news = asyncio.Event()
        shop = _Workshop(
            engine,
            settings,
            line,
            Runner(engine, line, sources, settings, panel, ended=news.set),
            Calls(line, sources, settings, judging),
            news,
            writer,
        )
        stack.push_async_callback(shop.close)
        collect_seldom()
        share_often()
        await shop.serve(reader)


class _Workshop:
    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        line: Line,
        runner: Runner,
        calls: Calls,
        news: asyncio.Event,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._line = line
        self._runner = runner
        self._calls = calls
        self._news = news
        self._writer = writer
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_turn = False

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Take frames until the server is gone."""
        self._start(self._take_turn())
        self._start(self._look_often())
        self._writer.write(Frame(Kind.READY).pack())
        while (frame := await read(reader)) is not None:
            if frame.kind is Kind.CALL:
                self._start(self._call(frame))
            elif frame.kind is Kind.LOOK:
                self._look()

    async def close(self) -> None:
        """Stop where everything stands."""
        await self._runner.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close()
        self._writer.close()

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, frame: Frame) -> None:
        try:
            told = await self._calls.answer(frame.body)
            reply = Frame(Kind.ANSWER, frame.number, told.pack())
        except BusyError:
            reply = Frame(Kind.BUSY, frame.number)
        except Exception as why:  # noqa: BLE001 - the caller is told, and the others go on
            # its message may quote what was sent
            _LOG.error("call", extra={"why": type(why).__name__})
            reply = Frame(Kind.FAULT, frame.number)
        self._writer.write(reply.pack())
        await self._writer.drain()

    def _look(self) -> None:
        if self._has_turn:
            self._runner.look_for_work()
            self._news.set()

    async def _look_often(self) -> None:
        """See what came by way of other servers on the same store."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._look()

    async def _take_turn(self) -> None:
        """Work on jobs and send messages as soon as no other process does."""
        while True:
            try:
                with turn(self._engine):
                    self._has_turn = True
                    self._runner.look_for_work()
                    await send_due(
                        self._engine,
                        read_networks(self._settings.webhooks.private_networks),
                        self._settings.webhooks.retry_seconds,
                        self._news,
                    )
            except TakenTurnError:
                await asyncio.sleep(_TURN_SECONDS)


def main(arguments: list[str]) -> None:
    """Work for the server whose socket has this number."""
    from triage.runtime.logs import log_to_stderr

    log_to_stderr()
    try:
        with asyncio.Runner(loop_factory=fast_loop) as runner:
            runner.run(work(socket.socket(fileno=int(arguments[0]))))
    except UsageError as why:
        _LOG.error("workshop", extra={"why": str(why)})
        raise SystemExit(why.exit_status) from why


if __name__ == "__main__":
    main(sys.argv[1:])
