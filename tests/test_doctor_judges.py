"""`triage doctor` says which of a judge's key, URL and model is wrong, and what to do about it."""

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
        do = advice(triage("doctor", "--json", KEY="bad"))
    assert do == "see that KEY holds a key that may use this model"


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
    assert advice(triage("doctor", "--json", KEY="good")).startswith("correct judges.a.url")


def test_a_url_that_leads_elsewhere_is_told(triage: Triage) -> None:
    with StandIn(SCRIPT) as server:
        panel(server, "openai", path="/elsewhere")
        assert "judges.a.url" in advice(triage("doctor", "--json", KEY="good"))
