"""`triage doctor` says which of a judge's key, URL and model is wrong, and what to do about it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Ran, Triage

from triage.standin import Script, StandIn

SCRIPT = Script(keys=("good",), models=("right-model", "other"))
PROVIDERS = ("openai", "anthropic", "litellm")


def panel(server: StandIn, provider: str, *, path: str = "/v1", model: str = "right-model") -> None:
    url = server.url + ("" if provider == "anthropic" else path)
    name = f"openai/{model}" if provider == "litellm" else model
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "{provider}"\nmodel = "{name}"\nurl = "{url}"\nkey_env = "KEY"\n'
    )


def advice(ran: Ran) -> str:
    assert ran.status == 1, ran.out
    (one,) = [one for one in ran.json["advice"] if one["broken"]]
    assert "the judge a can't be asked" in one["problem"]
    return str(one["do"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_judge_that_can_be_asked_is_no_problem(triage: Triage, provider: str) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, provider)
        ran = triage("doctor", "--json", KEY="good")
        assert server.journal.bought().total() == (1 if provider == "litellm" else 0)
    assert ran.status == 0, ran.out


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_wrong_key_is_told(triage: Triage, provider: str) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, provider)
        ran = triage("doctor", "--json", KEY="bad")
    assert advice(ran) == "see that KEY holds a key that may use this model"
    assert "invalid API key" in ran.out
    assert "{'" not in ran.out, "what the provider says, not how its reply is written"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_wrong_model_is_told(triage: Triage, provider: str) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, provider, model="rihgt-model")
        ran = triage("doctor", "--json", KEY="good")
    assert advice(ran).startswith("correct judges.a.model")
    if provider == "openai":
        assert "right-model" in ran.out, "the one that was meant is named"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_url_where_nobody_listens_is_told(triage: Triage, provider: str) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, provider)
    ran = triage("doctor", "--json", KEY="good")
    assert advice(ran).startswith("correct judges.a.url")
    assert "no connection could be made" in ran.out
    assert "timed out" not in ran.out, "nothing was waited for"


class _Page(BaseHTTPRequestHandler):
    """A web page where an API was expected: a portal, or a URL without its path."""

    def do_GET(self) -> None:
        page = b"<!doctype html><title>Welcome</title>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_GET  # noqa: N815 - named by the standard library

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_web_page_instead_of_an_endpoint_is_told(triage: Triage, provider: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = "openai/m" if provider == "litellm" else "m"
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "{provider}"\nmodel = "{name}"\nkey_env = "KEY"\n'
        f'url = "http://127.0.0.1:{server.server_port}"\n'
    )
    ran = triage("doctor", "--json", KEY="good")
    server.shutdown()
    server.server_close()
    assert advice(ran).startswith("correct judges.a.url")


def test_a_missing_key_behind_litellm_is_told_as_one(triage: Triage) -> None:
    Path("triage.toml").write_text('panel = ["litellm:gemini/m"]\n')
    ran = triage("doctor", "--json", GEMINI_API_KEY="", GOOGLE_API_KEY="")
    (one,) = [one for one in ran.json["advice"] if one["broken"]]
    assert "GEMINI_API_KEY" in one["problem"]
    assert "holds a key" in one["do"]
    assert "Traceback" not in one["problem"]


def test_several_judges_behind_litellm_are_checked_together(triage: Triage) -> None:
    with StandIn(SCRIPT) as server:
        Path("triage.toml").write_text(
            "".join(
                f'[judges.{name}]\nprovider = "litellm"\nmodel = "openai/{model}"\n'
                f'url = "{server.url}/v1"\nkey_env = "KEY"\n'
                for name, model in (("a", "wrong"), ("b", "right-model"), ("c", "other"))
            )
        )
        ran = triage("doctor", "--json", KEY="good")
    assert advice(ran).startswith("correct judges.a.model")


def test_a_url_without_its_beginning_is_told(triage: Triage) -> None:
    Path("triage.toml").write_text(
        '[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "127.0.0.1:9/v1"\n'
    )
    ran = triage("doctor", "--json")
    assert ran.status == 1
    (one,) = [one for one in ran.json["advice"] if one["broken"]]
    assert "judges.a.url" in one["problem"]
    assert "http://" in one["problem"]


def test_a_url_that_leads_elsewhere_is_told(triage: Triage) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, "openai", path="/elsewhere")
        assert "judges.a.url" in advice(triage("doctor", "--json", KEY="good"))


def test_a_proxy_is_told_where_data_goes_and_where_it_fails(triage: Triage) -> None:
    Path("triage.toml").write_text('[judges.a]\nprovider = "openai"\nmodel = "m"\n')
    proxy = "http://ann:secret@127.0.0.1:9"
    ran = triage("doctor", "--json", OPENAI_API_KEY="k", HTTPS_PROXY=proxy, https_proxy=proxy)
    (place,) = ran.json["destinations"]
    told = "https://api.openai.com/v1 through the proxy http://ann:***@127.0.0.1:9"
    assert place["to"] == told
    assert "through the proxy http://ann:***@127.0.0.1:9" in advice(ran)
    assert "secret" not in ran.out


def test_an_address_from_the_environment_is_named_as_what_to_correct(triage: Triage) -> None:
    Path("triage.toml").write_text('[judges.a]\nprovider = "openai"\nmodel = "m"\n')
    ran = triage("doctor", "--json", OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert advice(ran).startswith("correct OPENAI_BASE_URL, ")


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("gemini/m", "https://generativelanguage.googleapis.com (by litellm: gemini/m)"),
        ("nonsense/m", "where litellm sends nonsense/m"),
    ],
)
def test_where_litellm_sends_a_model_is_told(triage: Triage, model: str, place: str) -> None:
    table = f'[judges.a]\nprovider = "litellm"\nmodel = "{model}"\n'
    Path("triage.toml").write_text(table)
    (told,) = triage("doctor", "--json").json["destinations"]
    assert told["to"].partition(" through the proxy ")[0] == place
