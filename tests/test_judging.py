"""A panel is asked once, kept for good, within its money, and no trouble becomes a label."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from judging_cases import ITEMS, judge, ledger_at, propose, run, trace
from triage_medical import informed, isolated, whole

from triage.errors import UsageError
from triage.judging import Judging, Ledger, MoneyLimitError, read_panel
from triage.judging.money import NANO
from triage.providers.errors import ThrottledError
from triage.records import Abstention, Failure, Label, Outcome, Proposal
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k")


def kinds(found: list[list[Outcome]]) -> Counter[str]:
    return Counter(
        outcome.why if isinstance(outcome, Failure | Abstention) else type(outcome).__name__
        for step in found
        for outcome in step
    )


def test_every_step_gets_a_proposal_that_says_where_it_comes_from(tmp_path: Path) -> None:
    with StandIn(Script(choose={"label": {"incorrect": 1.0}})) as server:
        found = run(ledger_at(tmp_path), [judge(server)], isolated, [trace()])
    for step, (proposal,) in enumerate(found):
        assert isinstance(proposal, Proposal)
        assert (proposal.step, proposal.source) == (step, "medical:a")
        assert proposal.label is Label.INCORRECT
        assert proposal.prompt is not None
        assert proposal.prompt.startswith("medical/step_judge.v1@sha256:")
        assert proposal.cost_usd > 0
        assert proposal.confidence is None, "one sample has no spread"
        assert "said_confidence" in proposal.evidence.extra


def test_an_answer_is_never_bought_twice_and_a_question_in_flight_is_one(tmp_path: Path) -> None:
    with StandIn() as server:
        twins = [trace(), trace().model_copy(update={"id": "twin"})]
        first = run(ledger_at(tmp_path), [judge(server)], isolated, twins)
        bought = server.journal.bought()
        again = run(ledger_at(tmp_path), [judge(server, "renamed")], isolated, [trace()])
        assert server.journal.bought() == bought
    assert bought.total() == len(bought) == 4
    labels = [[o.label for o in step if isinstance(o, Proposal)] for step in first]
    assert labels[:4] == labels[4:]
    assert labels[:4] == [[o.label for o in s if isinstance(o, Proposal)] for s in again]


@pytest.mark.parametrize(
    "changes", [{"temperature": 0.5}, {"max_tokens": 99}, {"model": "other"}, {"samples": 2}]
)
def test_another_parameter_is_another_question(tmp_path: Path, changes: dict[str, Any]) -> None:
    with StandIn() as server:
        run(ledger_at(tmp_path), [judge(server)], isolated, [trace(steps=1)])
        run(ledger_at(tmp_path), [judge(server, **changes)], isolated, [trace(steps=1)])
        assert server.journal.bought().total() == len(server.journal.bought()) == 2


def test_a_step_is_judged_without_what_comes_later(tmp_path: Path) -> None:
    secret = trace(steps=3, final_answer="SECRET-ANSWER", reference_answer="SECRET-REFERENCE")
    later = Rule(do=Act.STATUS, status=400, match=r"step 0\n(?s:.*)Step text 1 .*Step text 2 ")
    leak = Rule(do=Act.STATUS, status=400, match="SECRET")
    with StandIn(Script(rules=(leak, Rule(match="Step text 2"), later))) as server:
        found = run(ledger_at(tmp_path), [judge(server)], isolated, [secret])
    assert kinds(found) == {"Proposal": 3}


def test_the_reference_is_shown_only_to_judges_marked_with_it(tmp_path: Path) -> None:
    known = trace(steps=2, reference_answer="SECRET-REFERENCE")
    rules = (Rule(set={"label": "incorrect"}, match="SECRET"),)
    with StandIn(Script(rules=rules, choose={"label": {"necessary": 1.0}})) as server:
        panel = [judge(server), judge(server, "r", see="reference")]
        blind = run(ledger_at(tmp_path), panel, isolated, [known])
        seeing = run(ledger_at(tmp_path), panel, informed, [known])
    for found, label, saw in ((blind, "necessary", False), (seeing, "incorrect", True)):
        proposals = [o for step in found for o in step if isinstance(o, Proposal)]
        assert [(p.label, p.saw_reference) for p in proposals] == [(label, saw)] * 2


def test_one_call_a_trace_is_one_call_and_loses_only_what_is_missing(tmp_path: Path) -> None:
    with StandIn(Script(items=ITEMS)) as server:
        found = run(ledger_at(tmp_path), [judge(server, mode="trace")], whole, [trace(steps=6)])
        assert server.journal.bought().total() == 1
    assert kinds(found) == {"Proposal": 6}
    with StandIn(Script(items=ITEMS, rules=(Rule(do=Act.MISSING),))) as server:
        panel = [judge(server, mode="trace")]
        found = run(ledger_at(tmp_path), panel, whole, [trace(1, steps=6)])
        assert server.journal.asked.total() == 2, "asked once more, and no more"
    assert kinds(found) == {"Proposal": 5, "missing-step": 1}
    assert isinstance(found[5][0], Failure)


def test_the_spread_of_samples_is_the_confidence(tmp_path: Path) -> None:
    with StandIn() as server:
        panel = [judge(server, samples=8, temperature=1.0)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(steps=6)])
    assert server.journal.bought().total() == 48
    seen = set()
    for (outcome,) in found:
        if isinstance(outcome, Abstention):
            assert outcome.why.startswith("samples-split")
            continue
        assert isinstance(outcome, Proposal)
        assert outcome.label is not None
        assert outcome.confidence == outcome.evidence.votes[outcome.label]
        assert sum(outcome.evidence.votes.values()) == pytest.approx(1.0)
        seen.add(outcome.confidence)
    assert len(seen) > 1


def test_logprobs_refine_the_confidence(tmp_path: Path) -> None:
    with StandIn(Script(logprob=-0.5)) as server:
        panel = [judge(server, logprobs=True)]
        ((outcome,),) = run(ledger_at(tmp_path), panel, isolated, [trace(steps=1)])
    assert isinstance(outcome, Proposal)
    assert outcome.confidence == pytest.approx(0.6065, abs=1e-3)


@pytest.mark.parametrize(
    ("act", "why", "calls"),
    [
        (Act.NOT_JSON, "not-json", 2),
        (Act.WRONG_SCHEMA, "bad-schema", 2),
        (Act.CUT, "cut", 2),
        (Act.REFUSAL, "refusal", 1),
    ],
)
def test_a_broken_reply_is_asked_again_once_and_never_becomes_a_label(
    tmp_path: Path, act: Act, why: str, calls: int
) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(rules=(Rule(do=act),))) as server:
        found = run(engine, [judge(server)], isolated, [trace(steps=1)])
        assert server.journal.asked.total() == calls
        url = server.url
    assert kinds(found) == {why: 1}
    with StandIn(port=int(url.rpartition(":")[2])) as server:
        found = run(engine, [judge(server)], isolated, [trace(steps=1)])
        assert server.journal.asked.total() == (0 if act is Act.REFUSAL else 1)
    assert kinds(found) == {("refusal" if act is Act.REFUSAL else "Proposal"): 1}


def test_trouble_that_passes_costs_no_step_and_buys_nothing_twice(tmp_path: Path) -> None:
    rules = (
        Rule(do=Act.STATUS, status=429, retry_after=0.2, share=0.15),
        Rule(do=Act.STATUS, status=500, share=0.1),
        Rule(do=Act.DISCONNECT, share=0.05, times=1),
    )
    with StandIn(Script(rules=rules)) as server:
        found = run(ledger_at(tmp_path), [judge(server)], isolated, [trace(i) for i in range(15)])
        assert server.journal.statuses[429] > 0
        assert server.journal.statuses[500] > 0
        assert max(server.journal.bought().values()) == 1
    assert kinds(found) == {"Proposal": 60}


def test_a_hang_costs_its_own_step_alone(tmp_path: Path) -> None:
    rules = (Rule(do=Act.HANG, seconds=3, match="moves on.\n[0-9a-f]+>>\n*$", share=0.2),)
    with StandIn(Script(rules=rules)) as server:
        panel = [judge(server, timeout_seconds=1.5, attempts=1)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(i) for i in range(10)])
    counts = kinds(found)
    assert counts["timeout"] > 0
    assert counts["Proposal"] + counts["timeout"] == 40


def test_a_refused_key_stops_the_judge_and_not_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn(Script(keys=("k",))) as server:
        monkeypatch.setenv("WRONG_KEY", "wrong")
        panel = [
            judge(server, "bad", key_env="WRONG_KEY", in_flight=1),
            judge(server, "good"),
            judge(server, "none", key_env="NO_SUCH_VARIABLE"),
        ]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(i) for i in range(5)])
        assert server.journal.statuses[401] == 1, "one refusal says it all"
    assert kinds(found) == {"key-refused": 20, "Proposal": 20, "not-configured": 20}


def test_a_dead_endpoint_fails_in_time(tmp_path: Path) -> None:
    with StandIn() as server:
        gone = judge(server, deadline_seconds=2.0)
    found = run(ledger_at(tmp_path), [gone], isolated, [trace(i) for i in range(10)])
    assert set(kinds(found)) <= {"unreachable", "server-error"}


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_the_money_limit_is_never_passed_and_the_rest_is_bought_later(
    tmp_path: Path, share: float
) -> None:
    engine = ledger_at(tmp_path)
    rules = (Rule(do=Act.NOT_JSON, share=share), Rule(do=Act.STATUS, status=500, share=share))
    traces = [trace(i) for i in range(15)]
    with StandIn(Script(rules=rules)) as server:
        found = run(engine, [judge(server)], isolated, traces, limit_usd=0.08)
        spent, held = Ledger(engine).balance()
        assert 0.04 * NANO < spent <= 0.08 * NANO
        assert held == 0, "nothing stays set aside when all calls have ended"
        counts = kinds(found)
        assert counts["money-limit"] > 0
        assert counts["Proposal"] > 0
        before = server.journal.bought()
        found = run(engine, [judge(server)], isolated, traces, limit_usd=10.0)
        assert "money-limit" not in kinds(found)
        assert kinds(found)["Proposal"] >= 60 - 15 * share * 4
        if not share:
            assert max(server.journal.bought().values()) == 1
            assert before.total() == counts["Proposal"]


def test_a_judge_without_a_price_cannot_be_asked_under_a_limit(tmp_path: Path) -> None:
    with StandIn() as server:
        panel = [judge(server, price=None)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(steps=1)], limit_usd=1.0)
        assert server.journal.asked.total() == 0
    assert kinds(found) == {"not-configured": 1}


def test_what_a_cancelled_call_may_cost_is_booked(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)

    async def cancelled(server: StandIn) -> None:
        async with Judging(engine, [judge(server)], limit_usd=1.0) as judging:
            task = asyncio.create_task(propose(judging, isolated, [trace(steps=1)]))
            while not server.journal.asked:
                await asyncio.sleep(0.01)
            task.cancel()

    with StandIn(Script(latency=2.0)) as server:
        asyncio.run(cancelled(server))
    spent, held = Ledger(engine).balance()
    assert spent > 0
    assert held == 0


def test_two_runs_cannot_pass_the_limit_together(tmp_path: Path) -> None:
    ledgers = [Ledger(ledger_at(tmp_path), "shared", 100) for _ in range(2)]
    from triage.judging.ledger import Work

    granted = [ledgers[i % 2].apply(Work(hold_nano=[30])).granted[0] for i in range(6)]
    assert granted == [True, True, True, False, False, False]


KILLED = """
import asyncio, sys
from pathlib import Path
from typing import Any
from judging_cases import judge, ledger_at, propose, trace
from triage.judging import Judge, Judging, Price
from triage_medical import isolated

async def main():
    panel = [Judge(name="a", provider="openai", model="stand-in", url=sys.argv[1] + "/v1",
                   in_flight=16, price=Price(input=1, output=5))]
    async with Judging(ledger_at(Path(sys.argv[2])), panel) as judging:
        await propose(judging, isolated, [trace(i) for i in range(40)])

asyncio.run(main())
"""


def test_kill_9_loses_no_answer_that_was_delivered(tmp_path: Path) -> None:
    ledger_at(tmp_path).dispose()
    command = [sys.executable, "-c", KILLED]
    places = os.pathsep.join(str(ROOT / part) for part in ("", "plugins", "tests"))
    environment = os.environ | {"PYTHONPATH": places}
    kills: list[float] = []
    with StandIn(Script(latency=0.1)) as server:
        arguments = [*command, server.url, str(tmp_path)]
        for more in (30, 40):
            enough = len(server.journal.deliveries) + more
            process = subprocess.Popen(arguments, env=environment, cwd=ROOT)
            while len(server.journal.deliveries) < enough and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            kills.append(time.monotonic())
            process.wait()
        subprocess.run(arguments, env=environment, cwd=ROOT, check=True, timeout=60)
        deliveries = server.journal.deliveries
    assert len({key for key, _ in deliveries}) == 160
    for killed in kills:
        safe = {key for key, at in deliveries if at < killed - 0.1}
        assert safe
        assert not safe & {key for key, at in deliveries if at > killed + 0.1}, "bought again"


def test_the_ledger_tells_costs(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)
    with StandIn() as server:
        run(engine, [judge(server), judge(server, "b", model="n")], isolated, [trace(0), trace(1)])
    costs = {row["source"]: row for row in Ledger(engine).costs()}
    assert {(row["calls"], row["steps"]) for row in costs.values()} == {(8, 8)}
    assert set(costs) == {"medical:a", "medical:b"}
    assert sum(row["cost_nano"] for row in costs.values()) == Ledger(engine).balance()[0]


def test_without_judges_or_for_another_domain_there_is_an_abstention(tmp_path: Path) -> None:
    assert kinds(run(ledger_at(tmp_path), [], isolated, [trace(steps=1)])) == {"no-judges": 1}


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"a": {"provider": "openai"}}, "judges.a.model"),
        ({"a": {"provider": "nobody", "model": "m"}}, "judges.a.provider"),
        (
            {"a": {"provider": "openai", "model": "m", "price": {"input": 1}}},
            "judges.a.price.output",
        ),
        ({"a": 3}, "judges.a"),
    ],
)
def test_a_wrong_panel_says_where(table: dict[str, object], where: str) -> None:
    with pytest.raises(UsageError, match=where):
        read_panel(table)


def test_a_panel_says_where_data_goes() -> None:
    own = {"provider": "openai", "model": "m", "url": "http://127.0.0.1:8000/v1"}
    panel = read_panel(
        {"a": own, "b": {"provider": "anthropic", "model": "m"}, "c": own | {"url": None}}
    )
    assert [one.endpoint for one in panel] == [
        "http://127.0.0.1:8000/v1",
        "https://api.anthropic.com",
        "https://api.openai.com/v1",
    ]


def test_errors_that_stop_a_run_say_what_to_do() -> None:
    assert MoneyLimitError.exit_status == 4
    assert ThrottledError("busy", 3.0).retry_after == 3.0
