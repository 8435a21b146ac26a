"""Speaks to Label Studio's own API."""

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

from triage.errors import MissingExtraError, TriageError, UsageError

_SECONDS: Final = 100.0
_PAGE: Final = 500
_FRESH: Final = 120.0
"""Seconds for which an access token, good for five minutes, is used."""


class LabelStudioError(TriageError):
    """Label Studio could not be reached, or refused.

    Attributes:
        status: HTTP status; None where there was no answer.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class LabelStudio:
    """A client of one Label Studio.

    Args:
        url: Where it is.
        token: A personal access token, or a legacy token.

    Raises:
        UsageError: There is no token, or the address is none.
        MissingExtraError: The HTTP client is not installed.
    """

    def __init__(self, url: str, token: str) -> None:
        try:
            import httpx2
        except ImportError as why:
            raise MissingExtraError("Label Studio's API", "server") from why
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is no address: http://localhost:8080, for example")
        if not token:
            raise UsageError(
                "Label Studio's token is missing: take one from Account & Settings there and set "
                "TRIAGE_LABEL_STUDIO_TOKEN"
            )
        self.url = url.rstrip("/")
        self._token = token
        self._access = ""
        self._until = 0.0
        self._failed = httpx2.HTTPError
        self._client = httpx2.Client(base_url=self.url, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """Read."""
        return self._call("GET", path, parameters=parameters)

    def post(self, path: str, body: Any, **parameters: Any) -> Any:
        """Make."""
        return self._call("POST", path, body, parameters)

    def patch(self, path: str, body: Any) -> Any:
        """Change."""
        return self._call("PATCH", path, body)

    def people(self) -> dict[str, str]:
        """Everybody's mail address by user id."""
        return {str(one["id"]): one["email"] for one in self.get("/api/users/")}

    def tasks(self, project: int) -> Iterator[Mapping[str, Any]]:
        """All tasks of a project, without annotations."""
        page = 1
        while True:
            try:
                found = self.get(
                    "/api/tasks", project=project, page=page, page_size=_PAGE, fields="task_only"
                )
            except LabelStudioError as why:
                if why.status == 404 and page > 1:
                    return
                raise
            yield from found["tasks"]
            if page * _PAGE >= found["total"]:
                return
            page += 1

    def export(self, project: int) -> Sequence[Mapping[str, Any]]:
        """The annotated tasks of a project, as its own export has them."""
        found: Sequence[Mapping[str, Any]] = self.get(
            f"/api/projects/{project}/export", exportType="JSON"
        )
        return found

    def _call(
        self, method: str, path: str, body: Any = None, parameters: Mapping[str, Any] | None = None
    ) -> Any:
        reply = self._send(method, path, body, parameters, self._authorization())
        return reply.json() if reply.content else None

    def _authorization(self) -> str:
        # a personal access token is a JWT that is exchanged for short-lived ones
        if self._token.count(".") != 2:
            return f"Token {self._token}"
        if time.monotonic() > self._until:
            body = {"refresh": self._token}
            reply = self._send("POST", "/api/token/refresh", body, None, None)
            self._access = reply.json()["access"]
            self._until = time.monotonic() + _FRESH
        return f"Bearer {self._access}"

    def _send(
        self,
        method: str,
        path: str,
        body: Any,
        parameters: Mapping[str, Any] | None,
        authorization: str | None,
    ) -> Any:
        headers = {"Authorization": authorization} if authorization else {}
        try:
            reply = self._client.request(
                method, quote(path), json=body, params=dict(parameters or {}), headers=headers
            )
        except self._failed as why:
            raise LabelStudioError(f"Label Studio at {self.url} does not answer: {why}") from why
        if reply.status_code >= 400:
            raise LabelStudioError(_told(self.url, path, reply), reply.status_code)
        return reply


def _told(url: str, path: str, reply: Any) -> str:
    if reply.status_code == 401:
        return (
            f"Label Studio at {url} does not accept the token. A legacy token works only where "
            "the organization allows it: take a personal access token"
        )
    try:
        said = reply.json()
        detail = said.get("validation_errors") or said.get("detail") or said
    except ValueError:
        detail = reply.text
    return f"Label Studio refused {path} ({reply.status_code}): {str(detail)[:500]}"
