"""`triage run` with a panel: from the settings file to decisions, against the stand-in."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Triage, read_lines, write_lines

from triage.plugins import installed
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

pytestmark = pytest.mark.skipif(
    not {"medical", "legal"} <= {entry.name for entry in installed()},
    reason="the judge plugins are not installed: pip install -e . again",
)


def panel(server: StandIn) -> None:
    price = "price = { input = 1.0, output = 5.0 }"
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n{price}\n'
        f'[judges.b]\nprovider = "anthropic"\nmodel = "m"\nurl = "{server.url}"\n{price}\n'
        # far below what the judges need: they keep time themselves
        "[plugins]\nnetwork_deadline_seconds = 0.001\n",
        encoding="utf-8",
    )


def traces() -> list[dict[str, Any]]:
    return [
        {
            "id": f"t{number}",
            "domain": domain,
            "problem": f"Case {number}: what follows?",
            "steps": [f"Point one of {number}.", f"So it is {number}."],
        }
        for number, domain in enumerate(["medical", "legal", "medical"])
    ]


def test_a_panel_judges_within_a_budget_and_never_buys_an_answer_again(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces())
    keys = {"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "x"}
    with StandIn() as server:
        panel(server)
        short = triage("run", "in.jsonl", "--budget", "0.02", **keys)
        assert short.status == 4, short.err
        assert "--budget" in short.err
        first = server.journal.deliveries[:]
        assert 0 < len(first) < 12
        ran = triage("run", "in.jsonl", "--out", "out.jsonl", "--budget", "1", **keys)
        assert ran.status == 0, ran.err
        asked = [key for key, _ in server.journal.deliveries]
        assert len(asked) == len(set(asked)) == 12
        one = triage("run", "in.jsonl", "--out", "one.jsonl", "--judge", "b", **keys)
        assert one.status == 0, one.err
        assert len(server.journal.deliveries) == 12
    both = [
        {said["source"].split(":")[1] for said in row["proposals"]}
        for row in read_lines(Path("out.jsonl"))
    ]
    assert both == [{"a", "b"}] * 6
    alone = [
        {said["source"].split(":")[1] for said in row["proposals"]}
        for row in read_lines(Path("one.jsonl"))
    ]
    assert alone == [{"b"}] * 6


def test_without_a_panel_the_judges_abstain(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces())
    ran = triage("run", "in.jsonl", "--out", "out.jsonl")
    assert ran.status == 0, ran.err
    for row in read_lines(Path("out.jsonl")):
        assert row["proposals"] == []
        whys = {said["source"]: said["why"] for said in row["abstained"]}
        assert "no-panel" in whys.values()
    assert triage("run", "in.jsonl", "--judge", "a").status == 2


ADVICE = ("another judge", "mend what `triage doctor`", "run again to ask again")


@pytest.mark.parametrize(
    ("rule", "said", "advice"),
    [
        (Rule(do=Act.REFUSAL), "medical:a failed at 4 steps: refusal", "another judge"),
        (Rule(do=Act.STATUS, status=401), "steps: key-refused", "mend what `triage doctor`"),
        (Rule(do=Act.NOT_JSON), "legal:b failed at 2 steps: not-json", "run again to ask again"),
    ],
    ids=["refusal", "key", "no answer"],
)
def test_a_run_says_what_helps_where_judges_fail(
    triage: Triage, rule: Rule, said: str, advice: str
) -> None:
    write_lines(Path("in.jsonl"), traces())
    with StandIn(Script(rules=(rule,))) as server:
        panel(server)
        ran = triage("run", "in.jsonl", OPENAI_API_KEY="x", ANTHROPIC_API_KEY="x")
    assert ran.status == 3, ran.err
    assert said in ran.err
    told = [one for one in ADVICE if one in ran.err]
    assert told == [advice]


def _panel(server: StandIn, more: str = "") -> None:
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n'
        f"price = {{ input = 1.0, output = 5.0 }}\n{more}"
    )


def test_a_wrong_key_is_told_at_the_end_of_the_run(triage: Triage) -> None:
    rows = [{"id": "c", "domain": "medical", "problem": "A case.", "steps": list("abcde")}]
    write_lines(Path("in.jsonl"), rows)
    with StandIn(Script(keys=("right",))) as server:
        _panel(server)
        ran = triage("run", "in.jsonl", OPENAI_API_KEY="wrong")
        assert ran.status == 3
        assert "medical:a failed at 5 steps: key-refused (HTTP 401" in ran.err
        assert "triage doctor" in ran.err
        told = triage("run", "in.jsonl", "--json", OPENAI_API_KEY="wrong").json["troubles"]
    assert [(one["source"], one["why"], one["steps"]) for one in told] == [
        ("medical:a", "key-refused", 5)
    ]


def test_evaluate_tells_what_judges_cost_and_counts_no_failure_as_an_answer(
    triage: Triage,
) -> None:
    rows = [
        {
            "id": f"t{number}", "domain": "medical", "problem": f"Case {number}.",
            "steps": [f"First {number}.", f"Then {number}."],
            "human": {"first_error": number % 2, "first_error_known": True},
        }
        for number in range(4)
    ]  # fmt: skip
    write_lines(Path("labelled.jsonl"), rows)
    rules = (
        Rule(match="Then 1", do=Act.REFUSAL),
        Rule(set={"label": "necessary", "error_kind": None, "severity": None}),
    )
    with StandIn(Script(rules=rules)) as server:
        _panel(server)
        arguments = ("evaluate", "labelled.jsonl", "--db", "sqlite:///e.db", "--budget", "1")
        ran = triage(*arguments, OPENAI_API_KEY="k")
        bought = server.journal.bought().total()
        again = triage(*arguments, "--json", OPENAI_API_KEY="k")
        assert server.journal.bought().total() == bought == 8
    assert ran.status == again.status == 3
    assert "medical:a failed at 1 steps: refusal" in ran.err
    assert "judges cost 0.0" in ran.out
    assert again.json["spent_before_usd"] > 0 == again.json["cost_usd"]
    assert [one["why"] for one in again.json["troubles"]] == ["refusal"]
    (judge,) = [
        one for one in again.json["sources"]
        if one["source"] == "medical:a" and one["domain"] == "medical"
    ]  # fmt: skip
    assert (judge["judged"]["count"], judge["failed"]["count"]) == (7, 1)


def test_an_answer_from_another_address_is_no_answer(triage: Triage) -> None:
    rows = [{"id": "c", "domain": "medical", "problem": "A case.", "steps": list("abcde")}]
    write_lines(Path("in.jsonl"), rows)
    panel = {"TRIAGE_PANEL": "openai:m@1/5", "OPENAI_API_KEY": "k"}
    for _ in range(2):
        with StandIn() as server:
            url = f"{server.url}/v1"
            assert triage("run", "in.jsonl", OPENAI_BASE_URL=url, **panel).status == 0
            assert server.journal.asked.total() == 5
