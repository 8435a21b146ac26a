"""What stands before every endpoint: size and host checks, safe headers, meters and the log."""

import json
import logging
import time
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage.server.http.house import House
from triage.server.http.problems import MEDIA_TYPE, document

_LOG: Final = logging.getLogger("triage.server")

_SOURCES: Final = {
    **dict.fromkeys(("default-src", "object-src", "base-uri", "frame-ancestors"), "'none'"),
    **dict.fromkeys(("script-src", "style-src", "img-src", "font-src"), "'self'"),
    **dict.fromkeys(("connect-src", "manifest-src", "form-action"), "'self'"),
}

_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(" ".join(one) for one in _SOURCES.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class _TooLargeError(Exception):
    """A body went over the limit while it was read."""


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house
        how = house.settings
        self._usual = how.server.body_kb * 1024
        self._larger = {
            "/api/v1/prelabel": how.jobs.call_mb * 1024**2,
            "/api/v1/jobs": how.jobs.upload_mb * 1024**2,
            # all tasks that somebody selects come in one request
            "/label-studio/predict": how.jobs.upload_mb * 1024**2,
            "/label-studio/webhook": how.jobs.call_mb * 1024**2,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status, started, read = 500, False, 0
        most = self._larger.get(scope["path"], self._usual)

        async def safe_send(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                self._add_headers(MutableHeaders(scope=message))
            await send(message)

        async def app_send(message: Message) -> None:
            # what the app makes of a body that was cut off is not the client's business
            if started or read <= most:
                await safe_send(message)

        async def bounded_receive() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _TooLargeError
            return message

        try:
            refusal = self._refusal(Headers(scope=scope), most)
            if refusal is not None:
                await _reply(safe_send, *refusal)
            else:
                with suppress(_TooLargeError):
                    await self._app(scope, bounded_receive, app_send)
                if read > most and not started:
                    await _reply(safe_send, *_too_large(most))
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _refusal(self, headers: Headers, most: int) -> tuple[int, str, str] | None:
        if not self._house.knows_host(headers.get("host", "")):
            return 421, "wrong-host", "this server goes by another name: see server.origin"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            return _too_large(most)
        return None

    def _add_headers(self, headers: MutableHeaders) -> None:
        # a page of ours may have a policy of its own, such as one for its own style
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        if self._house.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # the route's pattern, not the path: ids would make a series each, and don't belong in logs
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if route != "none" else "any"
        self._house.meters.requests.labels(method, route, str(status)).inc()
        self._house.meters.seconds.labels(method, route).observe(seconds)
        said = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "account": scope.get("state", {}).get("account"),
        }
        _LOG.info("request", extra=said)


def _too_large(most: int) -> tuple[int, str, str]:
    return 413, "too-large", f"a request may hold {most // 1024} KiB: send less"


async def _reply(send: Send, status: int, kind: str, detail: str) -> None:
    body = json.dumps(document(status, kind, detail)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
