"""The server's hold on its workshop: starts it, sends it calls, and starts it again if it dies."""

import asyncio
import logging
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from triage.configuration.settings import Settings
from triage.errors import TriageError
from triage.jobs.frames import Call, Frame, Kind, Receiver, Reply

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
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._number = 0
        self._keeper: threading.Thread | None = None
        self._closing = threading.Event()
        self._stream: socket.socket | None = None
        self._sending = threading.Lock()
        self._open: socket.socket | None = None
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._unsent = 0
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
        self._post(Frame(Kind.LOOK))

    async def call(self, call: Call) -> Reply:
        """Have traces labelled.

        Raises:
            WorkshopError: It is busy, or died over it.
        """
        self.start()
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        with self._guard:
            self._number += 1
            number = self._number
            self._waiting[number] = answer
        self._post(Frame(Kind.CALL, number, call.pack()))
        try:
            async with asyncio.timeout(call.seconds + _START_SECONDS):
                return await answer
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
                receiver = Receiver(ours)
                while self._stream is not None and (frames := receiver.receive()):
                    if not ready:  # nothing else comes first
                        ready = True
                        with self._sending:
                            self._open = ours
                        sender = threading.Thread(target=self._send, args=(ours,), daemon=True)
                        sender.start()
                    self._take([frame for frame in frames if frame.kind is not Kind.READY])
            except OSError:
                pass  # it left before it had read its settings
            with self._guard:
                self._stream = None
            if sender is not None:
                with self._sending:
                    self._open = None
                    self._outbox.put(None)
                sender.join()
        self._wait_for(process)
        if not self._closing.is_set():
            _LOG.error("workshop ended", extra={"status": process.returncode})
        return ready

    def _told(self) -> bytes:
        return self._settings.model_dump_json().encode()

    def _post(self, frame: Frame) -> None:
        """Send a frame, or leave to a thread what the socket does not take at once."""
        packed = frame.pack()
        with self._sending:
            if self._open is not None and not self._unsent:
                packed = packed[_send_at_once(self._open, packed) :]
            if packed:
                self._unsent += 1
                self._outbox.put(packed)

    def _send(self, stream: socket.socket) -> None:
        gone = False
        while (packed := self._outbox.get()) is not None:
            try:
                if not gone:
                    stream.sendall(packed)
            except OSError:
                gone = True  # whoever reads notices, and ends this
            with self._sending:
                self._unsent -= 1

    def _take(self, frames: Iterable[Frame]) -> None:
        with self._guard:
            told = [(self._waiting.pop(frame.number, None), frame) for frame in frames]
        _settle([(answer, frame) for answer, frame in told if answer is not None])

    def _fail_all(self) -> None:
        with self._guard:
            left, self._waiting = list(self._waiting.values()), {}
        _settle([(answer, None) for answer in left])

    def _wait_for(self, process: "subprocess.Popen[bytes]") -> None:
        try:
            process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


Told = tuple["asyncio.Future[Reply]", Frame | None]


def _settle(told: Iterable[Told]) -> None:
    """Tell callers what came, each in its own event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Told]] = {}
    for answer, frame in told:
        loops.setdefault(answer.get_loop(), []).append((answer, frame))
    for loop, mine in loops.items():
        with suppress(RuntimeError):  # closed: the callers have left
            loop.call_soon_threadsafe(_tell, mine)


def _tell(told: Iterable[Told]) -> None:
    for answer, frame in told:
        if answer.done():
            continue  # the caller has left
        if frame is None:
            answer.set_exception(WorkshopError("the work broke off: send it again"))
        elif frame.kind is Kind.ANSWER:
            answer.set_result(Reply.unpack(frame.body))
        elif frame.kind is Kind.BUSY:
            answer.set_exception(WorkshopError("too many traces are under way: send it again"))
        else:
            answer.set_exception(WorkshopError("a fault of the server's; its log says more"))


def _send_at_once(stream: socket.socket, packed: bytes) -> int:
    """Send what the socket takes without waiting; gives how many bytes those are."""
    try:
        return stream.send(packed, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    except OSError:
        return len(packed)  # it is gone: whoever reads notices
