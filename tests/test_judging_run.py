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


@pytest.mark.parametrize(
    ("rule", "said", "advice"),
    [
        (Rule(do=Act.REFUSAL), "a judge refuses 12 steps (refusal 12)", "another judge"),
        (Rule(do=Act.STATUS, status=401), "key-refused", "mend what `triage doctor`"),
        (Rule(do=Act.NOT_JSON), "12 steps (not-json 12)", "run again to ask it again"),
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
    (line,) = [line for line in ran.err.splitlines() if said in line]
    assert advice in line
    assert ("run again to ask it again" in ran.err) == (advice == "run again to ask it again")
