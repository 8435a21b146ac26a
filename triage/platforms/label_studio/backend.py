"""Registers this server as a project's backend, and gives its webhook the right to speak."""

import base64
from typing import Any, Final

from triage.errors import UsageError
from triage.platforms.label_studio.api import LabelStudio

_TITLE: Final = "triage"
_SECONDS: Final = 10.0


def require_backend(backend: str) -> None:
    """Make sure that a server of ours answers at an address.

    Raises:
        UsageError: None does.
    """
    import httpx2

    address = f"{backend.rstrip('/')}/health"
    try:
        reply = httpx2.get(address, timeout=_SECONDS)
        told = reply.headers.get("content-type", "")
    except (httpx2.HTTPError, httpx2.InvalidURL) as why:
        raise UsageError(
            f"nothing answers at {address} ({why}): start `triage serve` first, or give --backend"
        ) from why
    # without credentials it refuses, and in its own way
    if reply.status_code != 401 or "problem+json" not in told:
        raise UsageError(f"what answers at {address} is not `triage serve`: give --backend")


def register_backend(
    client: LabelStudio, project: int, backend: str, account: str, secret: str
) -> None:
    """Make this server a project's backend, or renew its credentials.

    Raises:
        LabelStudioError: Label Studio refuses, as where it may not reach private addresses.
    """
    body: dict[str, Any] = {
        "project": project,
        "url": backend,
        "title": _TITLE,
        "is_interactive": False,
        "auth_method": "BASIC_AUTH",
        "basic_auth_user": account,
        "basic_auth_pass": secret,
    }
    known = [one for one in client.get("/api/ml", project=project) if _same(one["url"], backend)]
    if known:
        client.patch(f"/api/ml/{known[0]['id']}", body)
    else:
        client.post("/api/ml", body)
    _register_webhook(client, project, backend, account, secret)


def _register_webhook(
    client: LabelStudio, project: int, backend: str, account: str, secret: str
) -> None:
    """Label Studio makes a webhook with the backend, but without credentials."""
    address = f"{backend.rstrip('/')}/webhook"
    credentials = base64.b64encode(f"{account}:{secret}".encode()).decode()
    body: dict[str, Any] = {
        "project": project,
        "url": address,
        "send_payload": True,
        "send_for_all_actions": True,
        "is_active": True,
        "headers": {"Authorization": f"Basic {credentials}"},
    }
    known = [
        one for one in client.get("/api/webhooks", project=project) if _same(one["url"], address)
    ]
    if known:
        client.patch(f"/api/webhooks/{known[0]['id']}", body)
    else:
        client.post("/api/webhooks", body)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
