"""The server's hold on its workshop: starts it, sends it calls, and starts it again if it dies."""

import asyncio
import logging
import queue
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from typing import Final

from triage.errors import TriageError
from triage.jobs.frames import Call, Frame, Kind, receive
from triage.settings import Settings

_LOG: Final = logging.getLogger("triage.jobs")
_START_SECONDS: Final = 60.0
"""Added to what a caller waits: the workshop may have to start first."""
_AGAIN_SECONDS: Final = (0.2, 1.0, 5.0, 30.0)
_LEAVE_SECONDS: Final = 10.0


class WorkshopError(TriageError):
    """The workshop can't take a call now: send it again in a while."""


class Workshop:
    """One workshop process, which is started when it is first needed.

    Args:
        settings: Handed to the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._waiting: dict[int, Future[bytes]] = {}
        self._number = 0
        self._keeper: threading.Thread | None = None
        self._closing = threading.Event()
        self._outbox: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._stream: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have the process started, if it is not there; returns at once."""
        with self._guard:
            if self._keeper is None and not self._closing.is_set():
                self._keeper = threading.Thread(target=self._keep, daemon=True, name="workshop")
                self._keeper.start()

    def look(self) -> None:
        """Tell the process that the store may hold new work."""
        self.start()
        self._outbox.put(Frame(Kind.LOOK))

    async def call(self, call: Call) -> bytes:
        """Have traces labelled; gives the body of the reply.

        Raises:
            WorkshopError: It is busy, or died over it.
        """
        self.start()
        answer: Future[bytes] = Future()
        with self._guard:
            self._number += 1
            number = self._number
            self._waiting[number] = answer
        self._outbox.put(Frame(Kind.CALL, number, call.pack()))
        try:
            return await asyncio.wait_for(
                asyncio.wrap_future(answer), call.seconds + _START_SECONDS
            )
        except TimeoutError as why:
            raise WorkshopError("no answer in time") from why
        finally:
            with self._guard:
                self._waiting.pop(number, None)

    def close(self) -> None:
        """Have the process leave, and wait until it has."""
        self._closing.set()
        with self._guard:
            keeper, stream = self._keeper, self._stream
        if stream is not None:
            stream.shutdown(socket.SHUT_RDWR)
        if keeper is not None:
            keeper.join()

    def _keep(self) -> None:
        """Keep a process running until this is closed."""
        tries = 0
        while not self._closing.is_set():
            if self._run():
                tries = 0
            self._fail_all()
            self._closing.wait(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
            tries += 1

    def _run(self) -> bool:
        """Run one process to its end; whether it ever was ready."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-m", "triage.jobs.workshop", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    process_group=0,  # an interrupt at the keyboard is the server's business
                )
            with self._guard:
                self._stream = None if self._closing.is_set() else ours
            sender: threading.Thread | None = None
            ready = False
            try:
                ours.sendall(Frame(Kind.SETTINGS, 0, self._told()).pack())
                while self._stream is not None and (frame := receive(ours)) is not None:
                    if frame.kind is Kind.READY:
                        ready = True
                        sender = threading.Thread(target=self._send, args=(ours,), daemon=True)
                        sender.start()
                    else:
                        self._take(frame)
            except OSError:
                pass  # it left before it had read its settings
            with self._guard:
                self._stream = None
            if sender is not None:
                self._outbox.put(None)
                sender.join()
        self._wait_for(process)
        if not self._closing.is_set():
            _LOG.error("workshop ended", extra={"status": process.returncode})
        return ready

    def _told(self) -> bytes:
        return self._settings.model_dump_json().encode()

    def _send(self, stream: socket.socket) -> None:
        gone = False
        while (frame := self._outbox.get()) is not None:
            try:
                if not gone:
                    stream.sendall(frame.pack())
            except OSError:
                gone = True  # whoever reads notices, and ends this

    def _take(self, frame: Frame) -> None:
        with self._guard:
            answer = self._waiting.pop(frame.number, None)
        if answer is None or not answer.set_running_or_notify_cancel():
            return  # the caller has left
        if frame.kind is Kind.ANSWER:
            answer.set_result(frame.body)
        elif frame.kind is Kind.BUSY:
            answer.set_exception(WorkshopError("too many traces are under way: send it again"))
        else:
            answer.set_exception(WorkshopError("a fault of the server's; its log says more"))

    def _fail_all(self) -> None:
        with self._guard:
            left, self._waiting = list(self._waiting.values()), {}
        for answer in left:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(WorkshopError("the work broke off: send it again"))

    def _wait_for(self, process: "subprocess.Popen[bytes]") -> None:
        try:
            process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
