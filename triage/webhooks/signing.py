"""Signs messages by the Standard Webhooks scheme, and checks them.

The scheme: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Final

from triage.errors import TriageError

_PREFIX: Final = "whsec_"
_TOLERANCE_SECONDS: Final = 300.0


class SignatureError(TriageError):
    """A message is not from where it says, or too old: do not act on it."""


def new_secret() -> str:
    """A secret for a webhook: 256 random bits."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`.

    Raises:
        ValueError: The secret is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as why:
        raise ValueError("a webhook's secret is base64 behind whsec_") from why
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(secret: str, identity: str, body: bytes) -> dict[str, str]:
    """The headers of a message that goes out now."""
    now = int(time.time())
    return {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, identity, now, body),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> None:
    """Check that a message came from the server that told the secret, within five minutes.

    Args:
        headers: The request's, whatever the case of their names.
        body: The request's body, byte for byte.
        now: Unix seconds; the clock's if None.

    Raises:
        SignatureError: It did not.
        ValueError: The secret is none.
    """
    told = {name.lower(): value for name, value in headers.items()}
    try:
        identity, stamp = told["webhook-id"], int(told["webhook-timestamp"])
        given = told["webhook-signature"]
    except (KeyError, ValueError) as why:
        raise SignatureError("a header of the signature is missing or no number") from why
    if abs((time.time() if now is None else now) - stamp) > _TOLERANCE_SECONDS:
        raise SignatureError("the message is too old or from the future: check both clocks")
    right = signature(secret, identity, stamp, body).encode()
    if not any(hmac.compare_digest(right, one.encode()) for one in given.split()):
        raise SignatureError("the signature is another one: the secret or the body differs")
