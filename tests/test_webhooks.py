"""Messages to platforms: signed as the scheme says, sent again, and to no private network."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from platform_cases import Platform, lines, platform_at, settings_file, sums
from server_process import Server

from triage.errors import UsageError
from triage.store.database import open_store
from triage.webhooks.address import find_target, is_public, read_networks
from triage.webhooks.sending import send_due
from triage.webhooks.signing import SignatureError, new_secret, signature, signed_headers, verify

LOOPBACK = '[webhooks]\nprivate_networks = ["127.0.0.0/8"]\nretry_seconds = [0.2, 0.2, 0.2, 0.2]\n'


class Receiver:
    """Takes messages on this machine and answers as it is told, 204 in the end."""

    def __init__(self, *statuses: int, location: str = "") -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 204)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://localhost:{self._server.server_port}/hook?from=triage"

    def until(self, count: int) -> None:
        end = time.monotonic() + 60
        while len(self.got) < count:
            assert time.monotonic() < end, self.got
            time.sleep(0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def receiver(*statuses: int, location: str = "") -> Iterator[Receiver]:
    made = Receiver(*statuses, location=location)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Platform]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("hooks"))
        settings_file(LOOPBACK + '[plugins]\nworkers = 1\nblocked = ["math"]\n')
        with platform_at("sqlite:///triage.db") as found:
            yield found


@pytest.fixture
def platform(served: tuple[Server, Platform]) -> Platform:
    return served[1]


def attempts(platform: Platform, webhook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.get(f"/webhooks/{webhook}/deliveries").json()[
        "deliveries"
    ]
    return found


def until_noted(platform: Platform, webhook: str, **wanted: Any) -> dict[str, Any]:
    """Wait until a webhook's last message is as wanted."""
    end = time.monotonic() + 60
    while True:
        found = attempts(platform, webhook)
        if found and all(found[0][name] == value for name, value in wanted.items()):
            return found[0]
        assert time.monotonic() < end, found
        time.sleep(0.05)


def test_the_scheme_s_own_example_is_signed_right() -> None:
    # written from the scheme's text alone
    key, body, stamp = b"0123456789abcdef01234567", b'{"test": 2432232314}', 1_614_265_330
    secret = "whsec_" + base64.b64encode(key).decode()
    expected = hmac.new(key, b"msg_p5jX.1614265330." + body, hashlib.sha256).digest()
    assert signature(secret, "msg_p5jX", stamp, body) == "v1," + base64.b64encode(expected).decode()


def test_only_what_was_signed_is_taken() -> None:
    secret, body = new_secret(), b'{"type":"job.done"}'
    headers = signed_headers(secret, "msg_1", body)
    verify(secret, {name.title(): value for name, value in headers.items()}, body)
    rotated = headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']} v1a,x"}
    verify(secret, rotated, body)
    for wrong in (
        headers | {"webhook-id": "msg_2"},
        headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
        headers | {"webhook-timestamp": "soon"},
        headers | {"webhook-signature": "v1,AAAA"},
        {},
    ):
        with pytest.raises(SignatureError):
            verify(secret, wrong, body)
    with pytest.raises(SignatureError):
        verify(secret, headers, body + b" ")
    with pytest.raises(SignatureError):
        verify(new_secret(), headers, body)
    with pytest.raises(SignatureError, match="too old"):
        verify(secret, headers, body, now=time.time() + 301)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1",  # noqa: S104
     "::", "fe80::1", "fd00::1",
     "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1"],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(address: str) -> None:
    import ipaddress

    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UsageError, match="private"):
        find_target(f"https://{host}/hook", ())


@pytest.mark.parametrize(
    "url",
    ["https://localhost/hook", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
     "ftp://example.org/", "https:///hook", "https://user:word@127.0.0.1/", "https://a b/",
     "https://[::1", "https://host:99999/", "file:///etc/passwd", "https://no.such.host.invalid/"],
)  # fmt: skip
def test_urls_that_are_none_or_lead_inside_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        find_target(url, ())


def test_a_name_that_leads_inside_is_refused_unless_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import socket

    def resolve(*addresses: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    resolve("93.184.216.34")
    assert find_target("https://example.org/a?b=c", ()).address == "93.184.216.34"
    with pytest.raises(UsageError, match="plain http"):
        find_target("http://example.org/", ())
    resolve("93.184.216.34", "10.0.0.7")
    with pytest.raises(UsageError, match="private"):
        find_target("https://example.org/", ())
    allowed = read_networks(["10.0.0.0/24"])
    assert find_target("https://example.org/", allowed)
    resolve("10.0.0.7")
    assert find_target("http://example.org/", allowed).port == 80
    resolve("10.0.1.7")
    with pytest.raises(UsageError, match="private"):
        find_target("https://example.org/", allowed)
    with pytest.raises(UsageError, match="private_networks"):
        read_networks(["10.0.0.1/24"])


def test_a_job_s_end_is_told_signed_and_again_until_it_is_taken(platform: Platform) -> None:
    with receiver(500, 302, location="http://localhost:9/") as hook:
        made = platform.job(lines(sums(2, "told")), webhook_url=hook.url).json()
        hook.until(3)
        noted = until_noted(platform, made["webhook"], status=204)
    assert noted["attempts"] == 3
    assert noted["next_at"] is None
    assert noted["delivered_at"] is not None
    identities = {headers["webhook-id"] for headers, _ in hook.got}
    assert identities == {noted["id"]}
    for headers, body in hook.got:
        verify(made["webhook_secret"], headers, body)
    told = json.loads(hook.got[0][1])
    assert told["type"] == "job.done"
    assert told["data"]["id"] == made["id"]
    assert told["data"]["traces"] == {"done": 2}
    assert "secret" not in json.dumps(platform.get(f"/jobs/{made['id']}").json()["webhook"])
    assert platform.get(f"/jobs/{made['id']}").json()["webhook_secret"] is None


def test_a_webhook_is_told_of_all_jobs_until_it_is_removed(platform: Platform) -> None:
    with receiver() as hook:
        made = platform.client.post("/webhooks", json={"url": hook.url}).json()
        for number in range(2):
            job = platform.job(lines(sums(1, f"all{number}"))).json()["id"]
            platform.until(job, "done")
        hook.until(2)
        for headers, body in hook.got:
            verify(made["secret"], headers, body)
        listed = platform.get("/webhooks").json()["webhooks"]
        assert [(one["id"], one["secret"]) for one in listed] == [(made["id"], None)]
        removed = platform.client.delete(f"/webhooks/{made['id']}")
        assert removed.json() == {"removed": True}
        assert platform.get("/webhooks").json()["webhooks"] == []
        job = platform.job(lines(sums(1, "all9"))).json()["id"]
        platform.until(job, "done")
        time.sleep(0.3)
        assert len(hook.got) == 2
    assert len(attempts(platform, made["id"])) == 2


def test_what_nobody_takes_is_given_up(platform: Platform) -> None:
    with receiver(*[503] * 9) as hook:
        made = platform.job(lines(sums(1, "deaf")), webhook_url=hook.url).json()
        hook.until(5)
        noted = until_noted(platform, made["webhook"], attempts=5)
        assert noted["next_at"] is None
        assert noted["delivered_at"] is None
        assert noted["error"] == "the receiver answered 503"


def test_a_receiver_that_is_gone_is_left_alone(platform: Platform) -> None:
    with receiver(410) as hook:
        made = platform.client.post("/webhooks", json={"url": hook.url}).json()
        job = platform.job(lines(sums(1, "gone"))).json()["id"]
        platform.until(job, "done")
        until_noted(platform, made["id"], status=410)
        assert platform.get("/webhooks").json()["webhooks"] == []


def test_a_cancelled_job_is_told_too(platform: Platform) -> None:
    with receiver() as hook:
        made = platform.job(lines(sums(1, "off")), webhook_url=hook.url, hold=True).json()
        platform.until(made["id"], "waiting")
        platform.client.post(f"/jobs/{made['id']}/cancel")
        hook.until(1)
    assert json.loads(hook.got[0][1])["type"] == "job.cancelled"


def test_the_same_webhook_under_a_key_is_made_once(platform: Platform) -> None:
    with receiver() as hook:

        def make(url: str) -> Any:
            headers = {"Idempotency-Key": "hook-1"}
            return platform.client.post("/webhooks", json={"url": url}, headers=headers)

        first = make(hook.url)
        assert first.status_code == 201
        assert make(hook.url).json() == first.json()
        assert make(hook.url + "&other=1").status_code == 422
        platform.client.delete(f"/webhooks/{first.json()['id']}")


def test_a_message_survives_the_server_s_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings_file(
        LOOPBACK.replace("0.2, 0.2", "1.0, 0.2") + '[plugins]\nworkers = 1\nblocked = ["math"]\n'
    )
    with receiver(503) as hook:
        with platform_at("sqlite:///triage.db") as (_, platform):
            made = platform.job(lines(sums(1)), webhook_url=hook.url).json()
            hook.until(1)
            until_noted(platform, made["webhook"], attempts=1)
        with platform_at("sqlite:///triage.db"):
            hook.until(2)
    (first, _), (second, body) = hook.got
    assert first["webhook-id"] == second["webhook-id"]
    verify(made["webhook_secret"], second, body)


def test_without_leave_no_message_goes_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with receiver() as hook:
        settings_file(LOOPBACK + '[plugins]\nworkers = 1\nblocked = ["math"]\n')
        with platform_at("sqlite:///triage.db") as (_, platform):
            made = platform.client.post("/webhooks", json={"url": hook.url}).json()
        # the operator thinks better of it, or the name leads elsewhere since
        settings_file('[plugins]\nworkers = 1\nblocked = ["math"]\n')
        with platform_at("sqlite:///triage.db") as (_, platform):
            refused = platform.client.post("/webhooks", json={"url": hook.url})
            assert refused.status_code == 422
            assert "private" in refused.json()["detail"]
            assert platform.job(lines(sums(1)), webhook_url=hook.url).status_code == 422
            platform.until(platform.job(lines(sums(1))).json()["id"], "done")
            noted = until_noted(platform, made["id"], attempts=1)
        assert "private" in noted["error"]
        assert hook.got == []


def test_an_end_that_comes_together_with_news_is_heard(tmp_path: Path) -> None:
    """Else the process stays when its server is gone, and no other may work on the store's jobs."""

    class Watched(asyncio.Event):
        async def wait(self) -> Literal[True]:
            waiting.set()
            return await super().wait()

    async def ends() -> bool:
        news = Watched()
        task = asyncio.create_task(send_due(engine, (), (), news))
        await waiting.wait()
        news.set()
        task.cancel()
        await asyncio.wait([task], timeout=10)
        return task.cancelled()

    engine = open_store(f"sqlite:///{tmp_path / 'triage.db'}")
    waiting = asyncio.Event()
    assert asyncio.run(ends())
    engine.dispose()
