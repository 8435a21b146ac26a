"""Takes in what a job is to work on: an upload as it comes, or a file that may be named."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool

from triage.server.http.house import House
from triage.server.http.problems import Problem
from triage.store.platforms.jobs import NewJob, drop_job, keep_part, make_job

_PART_BYTES: Final = 1 << 20


class Upload:
    """A job that nobody is told of until its upload is complete."""

    def __init__(self, place: House, new: NewJob) -> None:
        self._place = place
        self._hash = hashlib.sha256()
        with place.writing() as connection:
            self.key, self.id = make_job(connection, new)

    async def receive(self, stream: AsyncIterator[bytes]) -> str:
        """Keep what comes, in parts; gives its SHA-256.

        Raises:
            Problem: There was nothing.
        """
        part, held, complete = 0, bytearray(), False
        try:
            async for chunk in stream:
                held += chunk
                while len(held) >= _PART_BYTES:
                    await self._keep(part, bytes(held[:_PART_BYTES]))
                    part, held = part + 1, held[_PART_BYTES:]
            if held:
                await self._keep(part, bytes(held))
            elif not part:
                raise Problem(422, "no-input", "send traces as the body, or name a file")
            complete = True
        finally:
            if not complete:
                await run_in_threadpool(self.drop)
        return self._hash.hexdigest()

    async def _keep(self, part: int, body: bytes) -> None:
        self._hash.update(body)
        await run_in_threadpool(self._store, part, body)

    def _store(self, part: int, body: bytes) -> None:
        with self._place.writing() as connection:
            keep_part(connection, self.key, part, body)

    def drop(self) -> None:
        """Remove it again."""
        with self._place.writing() as connection:
            drop_job(connection, self.key)


def allowed_file(name: str, folders: Sequence[str]) -> str:
    """The path of a file that a job names, in a folder that the operator allows.

    Args:
        name: A path, absolute or from one of the folders.

    Raises:
        Problem: There is none, or it is elsewhere: which of both is not told.
    """
    for folder in folders:
        root = Path(folder).resolve()
        try:
            path = (root / name).resolve()
            if path.is_relative_to(root) and path.is_file():
                return str(path)
        except (OSError, ValueError):
            continue  # too long, or it holds a NUL
    raise Problem(422, "no-such-file", "no such file in the folders of the setting jobs.folders")
