"""Sends messages that are due, and again later where nobody took them."""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import httpx2
from sqlalchemy import Connection, Engine

from triage import __version__
from triage.errors import UsageError
from triage.store.database import writing
from triage.store.platforms.webhooks import Due, due, end_webhook, next_due, note_attempt
from triage.webhooks.address import Network, Target, find_target
from triage.webhooks.signing import signed_headers

_LOG: Final = logging.getLogger("triage.webhooks")
_AT_ONCE: Final = 16
_SECONDS: Final = 15.0
"""How long a receiver may take."""
_IDLE_SECONDS: Final = 60.0
_GONE: Final = 410


class Outcome(NamedTuple):
    """What came of one attempt; without an error the message has arrived."""

    status: int | None
    error: str | None


async def send_due(
    engine: Engine,
    networks: Sequence[Network],
    retry_seconds: Sequence[float],
    woken: asyncio.Event,
) -> None:
    """Send messages when their time comes, for ever.

    Args:
        networks: Private networks that messages may go to.
        retry_seconds: How long to wait after each failed attempt; then it is given up.
        woken: Set when there is something new to send.
    """
    # proxies are passed by: they would resolve the name anew
    async with httpx2.AsyncClient(
        trust_env=False, follow_redirects=False, timeout=_SECONDS
    ) as client:
        while True:
            woken.clear()
            with engine.connect() as connection:
                found = due(connection, _AT_ONCE)
                then = next_due(connection)
            if found:
                outcomes = await asyncio.gather(*(_send(client, one, networks) for one in found))
                with writing(engine) as connection:
                    for one, outcome in zip(found, outcomes, strict=True):
                        _note(connection, one, outcome, retry_seconds)
                continue
            wait = _IDLE_SECONDS if then is None else max(0.01, then - time.time())
            # before Python 3.12 `wait_for` forgets to end if it is woken at the same moment
            with suppress(TimeoutError):
                async with asyncio.timeout(min(wait, _IDLE_SECONDS)):
                    await woken.wait()


async def _send(client: httpx2.AsyncClient, one: Due, networks: Sequence[Network]) -> Outcome:
    try:
        target = await asyncio.to_thread(find_target, one.url, networks)
        request = _request(client, target, one)
        async with asyncio.timeout(_SECONDS):
            # the answer's body is not read: nobody wants it, and it may have no end
            reply = await client.send(request, stream=True)
            await reply.aclose()
    except UsageError as why:
        return Outcome(None, str(why))
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as why:
        return Outcome(None, f"{type(why).__name__}: {why}")
    if reply.is_success:
        return Outcome(reply.status_code, None)
    return Outcome(reply.status_code, f"the receiver answered {reply.status_code}")


def _request(client: httpx2.AsyncClient, target: Target, one: Due) -> httpx2.Request:
    address = f"[{target.address}]" if ":" in target.address else target.address
    name = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"https": 443, "http": 80}[target.scheme]
    headers = signed_headers(one.secret, one.id, one.body) | {
        "host": name if target.port == usual else f"{name}:{target.port}",
        "user-agent": f"triage/{__version__}",
    }
    return client.build_request(
        "POST",
        f"{target.scheme}://{address}:{target.port}{target.path}",
        content=one.body,
        headers=headers,
        # connected to by number, but the certificate must be that of the name
        extensions={"sni_hostname": target.host},
    )


def _note(
    connection: Connection, one: Due, outcome: Outcome, retry_seconds: Sequence[float]
) -> None:
    again = None
    if outcome.error is not None and one.attempts < len(retry_seconds):
        jitter = random.uniform(0.9, 1.1)  # noqa: S311 - nothing to keep secret here
        again = time.time() + retry_seconds[one.attempts] * jitter
    note_attempt(connection, one.key, status=outcome.status, error=outcome.error, next_at=again)
    if outcome.status == _GONE:
        end_webhook(connection, one.webhook, "the receiver says that it is gone")
    said = {"id": one.id, "webhook": one.webhook, "attempt": one.attempts + 1}
    _LOG.info("webhook", extra=said | {"status": outcome.status, "error": outcome.error})
