"""The REST API from Python: a thin client that gives the house's own records.

Example:
    from triage.client import Client

    with Client("http://127.0.0.1:8000", key) as triage:
        job = triage.submit(b'{"problem": "...", "steps": ["..."]}')
        triage.wait(job.id)
        for decision in triage.results(job.id):
            ...
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Self, TypeVar

import orjson

from triage.errors import MissingExtraError, TriageError
from triage.records import Decision, Record
from triage.records.job import (
    Delivery,
    DeliveryPage,
    Job,
    JobPage,
    JobTrace,
    JobTracePage,
    Prelabelled,
    TraceState,
    Webhook,
    WebhookPage,
)
from triage.webhooks.signing import SignatureError, verify

__all__ = ["ApiError", "Client", "SignatureError", "verify"]

AnyRecord = TypeVar("AnyRecord", bound=Record)
Input = bytes | Iterable[bytes] | Iterable[Mapping[str, Any]]


class ApiError(TriageError):
    """The server refused, or could not be reached.

    Attributes:
        status: HTTP status; None if there was no answer.
        kind: The problem's word, e.g. `job-over`.
    """

    def __init__(self, status: int | None, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind


class Client:
    """A connection to `triage serve`; use as a context manager or close it.

    Args:
        url: Where the server is, e.g. `https://desk.example.org`.
        key: A program's key, of an account with the role `platform`.
        timeout: Longest wait for an answer in seconds; calls wait longer if told to.

    Raises:
        MissingExtraError: httpx2 is not installed.
    """

    def __init__(self, url: str, key: str, timeout: float = 60.0) -> None:
        try:
            import httpx2
        except ModuleNotFoundError as why:
            raise MissingExtraError("the client", "client") from why
        self._errors: tuple[type[Exception], ...] = (httpx2.HTTPError,)
        self._timeout = timeout
        self._http = httpx2.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def prelabel(
        self,
        traces: Iterable[Mapping[str, Any]],
        *,
        seconds: float | None = None,
        revise: bool = False,
    ) -> Prelabelled:
        """Have a few traces labelled at once; what takes longer than `seconds` is `running`."""
        body = {"traces": list(traces), "seconds": seconds, "revise": revise}
        longest = self._timeout + (60.0 if seconds is None else seconds)
        return self._record(Prelabelled, "POST", "/prelabel", json=body, timeout=longest)

    def submit(
        self,
        traces: Input | None = None,
        *,
        file: str | None = None,
        budget_usd: float | None = None,
        hold: bool = False,
        revise: bool = False,
        webhook_url: str | None = None,
        request_key: str | None = None,
    ) -> Job:
        """Hand in many traces as a job.

        Args:
            traces: A file's bytes in any form of input, or rows.
            file: A file on the server's side instead, in a folder that its operator allows.
            budget_usd: What judges may cost; never passed.
            hold: Estimate, and wait to be started.
            revise: Whether a known id with other content becomes a new version.
            webhook_url: Told when the job has ended; `webhook_secret` signs the message.
            request_key: Sent again with the same request, it makes no second job.

        Raises:
            TypeError: `traces` is a name of a file, or a single row.
        """
        query = {
            "file": file, "budget_usd": budget_usd, "hold": hold, "revise": revise,
            "webhook_url": webhook_url,
        }  # fmt: skip
        headers = {} if request_key is None else {"Idempotency-Key": request_key}
        content = None if traces is None else _body(traces)
        return self._record(
            Job, "POST", "/jobs", content=content, params=_given(query), headers=headers
        )

    def job(self, job: str) -> Job:
        """How far a job is."""
        return self._record(Job, "GET", f"/jobs/{job}")

    def jobs(self) -> Iterator[Job]:
        """All jobs, newest first."""
        for page in self._pages(JobPage, "/jobs", {}):
            yield from page.jobs

    def traces(self, job: str, state: TraceState | None = None) -> Iterator[JobTrace]:
        """What became of each row of a job's input."""
        for page in self._pages(JobTracePage, f"/jobs/{job}/traces", _given({"state": state})):
            yield from page.traces

    def wait(self, job: str, timeout: float | None = None, poll: float = 1.0) -> Job:
        """Wait until a job is over, or waits to be started.

        Raises:
            TimeoutError: It took longer.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            told = self.job(job)
            if told.state.is_over or told.state == "waiting":
                return told
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"the job {job} is still {told.state}")
            time.sleep(poll)

    def results(self, job: str) -> Iterator[Decision]:
        """Stream the decisions there are; final once the job is over."""
        try:
            with self._http.stream("GET", f"/jobs/{job}/results") as reply:
                if not reply.is_success:
                    reply.read()
                    raise _error(reply.status_code, reply.content)
                for line in reply.iter_lines():
                    yield Decision.model_validate_json(line)
        except self._errors as why:
            raise _unreachable(why) from why

    def cancel(self, job: str) -> Job:
        """Stop a job; what was answered is kept."""
        return self._record(Job, "POST", f"/jobs/{job}/cancel")

    def start(self, job: str, budget_usd: float | None = None) -> Job:
        """Start a job that waits, or ask for what is missing once more."""
        query = _given({"budget_usd": budget_usd})
        return self._record(Job, "POST", f"/jobs/{job}/start", params=query)

    def add_webhook(self, url: str, request_key: str | None = None) -> Webhook:
        """Have an address told of every job that ends; its `secret` is told this once."""
        headers = {} if request_key is None else {"Idempotency-Key": request_key}
        return self._record(Webhook, "POST", "/webhooks", json={"url": url}, headers=headers)

    def webhooks(self) -> tuple[Webhook, ...]:
        """The webhooks that are told of every job."""
        return self._record(WebhookPage, "GET", "/webhooks").webhooks

    def remove_webhook(self, webhook: str) -> None:
        """Send nothing there any more."""
        self._send("DELETE", f"/webhooks/{webhook}")

    def deliveries(self, webhook: str) -> Iterator[Delivery]:
        """What was sent to a webhook, newest first."""
        for page in self._pages(DeliveryPage, f"/webhooks/{webhook}/deliveries", {}):
            yield from page.deliveries

    def _pages(
        self, kind: type[AnyRecord], path: str, query: Mapping[str, Any]
    ) -> Iterator[AnyRecord]:
        cursor: str | None = None
        while True:
            page = self._record(kind, "GET", path, params={**query, **_given({"cursor": cursor})})
            yield page
            cursor = getattr(page, "next", None)
            if cursor is None:
                return

    def _record(self, kind: type[AnyRecord], method: str, path: str, **how: Any) -> AnyRecord:
        return kind.model_validate_json(self._send(method, path, **how))

    def _send(self, method: str, path: str, **how: Any) -> bytes:
        try:
            reply = self._http.request(method, path, **how)
        except self._errors as why:
            raise _unreachable(why) from why
        if not reply.is_success:
            raise _error(reply.status_code, reply.content)
        return reply.content


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _body(traces: Input) -> bytes | Iterator[bytes]:
    if isinstance(traces, str | PurePath | Mapping):  # each would be taken for an iterable of rows
        raise TypeError(
            f"traces are bytes or rows, not {type(traces).__name__}: read the file, "
            "`Path(name).read_bytes()`, or name a file of the server's by `file`"
        )
    return traces if isinstance(traces, bytes) else _lines(traces)


def _lines(traces: Iterable[bytes] | Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for one in traces:
        yield one if isinstance(one, bytes) else orjson.dumps(one) + b"\n"


def _unreachable(why: Exception) -> ApiError:
    return ApiError(None, "unreachable", f"{type(why).__name__}: {why}")


def _error(status: int, body: bytes) -> ApiError:
    try:
        told = orjson.loads(body)
        return ApiError(status, str(told["type"]).rpartition(":")[2], str(told["detail"]))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ApiError(status, "http", f"the server answered {status}")
