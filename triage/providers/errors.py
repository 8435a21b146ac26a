"""Errors of providers, named after who must act and when a new try makes sense."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Final

from triage.errors import TriageError


class ProviderError(TriageError):
    """A provider gave no reply.

    Attributes:
        code: Short word for the failure's `why`.
        retry: Whether the same request may succeed later without anybody's doing.
        fatal: Whether every other request to this judge would fail the same way.
        maybe_billed: Whether the provider may charge for the request all the same.
        retry_after: Seconds the provider asked to wait, if it said so.
    """

    code: str = "provider"
    retry: ClassVar[bool] = False
    fatal: ClassVar[bool] = False
    maybe_billed: ClassVar[bool] = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ThrottledError(ProviderError):
    """Too many requests (429): wait, and send fewer at once."""

    code = "rate-limited"
    retry = True


class TroubleError(ProviderError):
    """The provider is in trouble (5xx, 529): wait."""

    code = "server-error"
    retry = True


class UnreachableError(ProviderError):
    """No connection could be made: check the URL and the network."""

    code = "unreachable"
    retry = True


class BrokenOffError(ProviderError):
    """The connection broke or the reply was no reply, after the request may have been served."""

    code = "broken-off"
    retry = True
    maybe_billed = True


class LateError(ProviderError):
    """No reply within the judge's time limit."""

    code = "timeout"
    retry = True
    maybe_billed = True


class DownError(ProviderError):
    """The judge is down: nothing was sent, and waiting longer makes no sense now.

    Args:
        message: What is wrong.
        code: What its last call failed as.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class KeyRefusedError(ProviderError):
    """The key is missing, wrong or not allowed to do this: the operator must act."""

    code = "key-refused"
    fatal = True


class ModelUnknownError(ProviderError):
    """The endpoint does not know this model or path: the operator must mend the configuration."""

    code = "model-unknown"
    fatal = True


class OutOfCreditError(ProviderError):
    """The account has no money left: the operator must act."""

    code = "out-of-credit"
    fatal = True


class RequestRefusedError(ProviderError):
    """The provider does not take this request (400, 413, 422): its parameters or its size."""

    code = "request-refused"


class BatchRefusedError(ProviderError):
    """A batch was refused as a whole after it was taken: the operator must act, or wait."""

    code = "batch-refused"


class ExpiredError(ProviderError):
    """A batch ended before this request was answered: ask again."""

    code = "expired"
    retry = True


class PendingError(ProviderError):
    """The question is in a batch that has not ended: run again later."""

    code = "batch-pending"


def from_status(
    status: int, message: str, headers: Mapping[str, str] | None = None, code: object = None
) -> ProviderError:
    """The error for an HTTP status.

    Args:
        status: The status.
        message: What the provider said; cut to one readable line.
        headers: The reply's headers, for `Retry-After`.
        code: The provider's own word for the error, where it has one.
    """
    said = f"HTTP {status}: {' '.join(message.split())[:300]}"
    wait = retry_after(headers or {})
    if status == 402 or code in {"insufficient_quota", "billing_error"}:
        return OutOfCreditError(said)
    if status in (401, 403):
        return KeyRefusedError(said)
    if status == 404:
        return ModelUnknownError(said)
    if status == 429:
        return ThrottledError(said, wait)
    if status in (408, 409) or status >= 500:
        return TroubleError(said, wait)
    return RequestRefusedError(said)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the headers: milliseconds, seconds or a date (RFC 9110, 10.2.3)."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            continue
    return None


_NEVER_SENT: Final = {
    "ConnectionRefusedError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ConnectError",
    "gaierror",
}
_BROKEN_OFF: Final = {
    "ClientOSError",
    "ClientPayloadError",
    "ConnectionResetError",
    "ReadError",
    "RemoteProtocolError",
    "ServerDisconnectedError",
}


def from_sdk(error: Any) -> ProviderError:
    """Translate an error of openai, anthropic or litellm, whose errors share a shape.

    What happened on the wire is read from the chain of causes first: transports report a refused
    or broken connection as a time-out, and litellm as a status 500 that no server ever sent.
    """
    causes = _causes(error)
    said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    if found := _BROKEN_OFF.intersection(causes):
        return BrokenOffError(f"{said} ({', '.join(sorted(found))})")
    if found := _NEVER_SENT.intersection(causes):
        # not what the SDK says of it: it calls a refused connection a time-out
        deepest = [text for name, text in causes.items() if name in found and text]
        return UnreachableError(f"no connection could be made: {(deepest or [said])[-1][:300]}")
    if "APITimeoutError" in {kind.__name__ for kind in type(error).__mro__}:
        return LateError(said)
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        if isinstance(error, ValueError):
            return BrokenOffError(f"what came back is no reply in the provider's form: {said}")
        return BrokenOffError(said)
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None)
    own = _own_words(error)
    message = own.get("message")
    code = own.get("code") or own.get("type")
    return from_status(status, message if isinstance(message, str) else str(error), headers, code)


def _own_words(error: Any) -> Mapping[str, Any]:
    """What the provider itself says in the reply's body; empty where that is in no known form."""
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _causes(error: BaseException) -> dict[str, str]:
    """The chain of causes, the nearest first: what kind each is and what it says."""
    found: dict[str, str] = {}
    seen = error.__cause__ or error.__context__
    while seen is not None and len(found) < 16:
        found.setdefault(type(seen).__name__, " ".join(str(seen).split()))
        seen = seen.__cause__ or seen.__context__
    return found
