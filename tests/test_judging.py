"""A panel is asked once, kept for good, within its money, and no trouble becomes a label."""

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest
from judging_cases import (
    ITEMS,
    PRICE,
    Scripted,
    answer,
    judge,
    kinds,
    ledger_at,
    propose,
    run,
    trace,
)
from triage_medical import informed, isolated, whole

from triage.judging import Judge, Judging, Ledger, read_panel
from triage.promptbook import PromptBook
from triage.providers import Ask, Finish, Reply, Usage
from triage.records import Abstention, Failure, Label, Outcome, Proposal
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k")


def test_every_step_gets_a_proposal_that_says_where_it_comes_from(tmp_path: Path) -> None:
    with StandIn(Script(choose={"label": {"incorrect": 1.0}})) as server:
        found = run(ledger_at(tmp_path), [judge(server)], isolated, [trace()])
    for step, (proposal,) in enumerate(found):
        assert isinstance(proposal, Proposal)
        assert (proposal.step, proposal.source) == (step, "medical:a")
        assert proposal.label is Label.INCORRECT
        assert proposal.prompt is not None
        assert proposal.prompt == PromptBook().get("medical/step_judge").id
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
    "changes",
    [
        {"temperature": 0.5},
        {"max_tokens": 99},
        {"model": "other"},
        {"samples": 2},
        {"logprobs": True},
    ],
)
def test_another_parameter_is_another_question(tmp_path: Path, changes: dict[str, Any]) -> None:
    with StandIn() as server:
        run(ledger_at(tmp_path), [judge(server)], isolated, [trace(steps=1)])
        run(ledger_at(tmp_path), [judge(server, **changes)], isolated, [trace(steps=1)])
        assert server.journal.bought().total() == len(server.journal.bought()) == 2


def test_another_endpoint_is_another_question(tmp_path: Path) -> None:
    with StandIn() as server, StandIn() as other:
        run(ledger_at(tmp_path), [judge(server)], isolated, [trace(steps=1)])
        run(ledger_at(tmp_path), [judge(other)], isolated, [trace(steps=1)])
        assert (server.journal.bought().total(), other.journal.bought().total()) == (1, 1)


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


def sampled(folder: Path, *replies: str, tokens: tuple[tuple[str, float], ...] = ()) -> Outcome:
    """What a judge's samples amount to, one a reply."""

    def reply(ask: Ask) -> Reply:
        return Reply(replies[ask.seed or 0], Finish.DONE, Usage(10, 1), "m", tokens)

    one = Judge(name="a", provider="openai", model="m", price=PRICE, samples=len(replies))
    provider = Scripted(reply)
    ((said,),) = run(ledger_at(folder), [one], isolated, [trace(steps=2)], provider=provider)[1:]
    return said


def test_an_answer_is_on_disk_before_anything_is_made_of_it(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)
    provider = Scripted(lambda _ask: Reply(answer(), Finish.DONE, Usage(1, 1), "m"))
    one = Judge(name="a", provider="openai", model="m", price=PRICE)

    async def whole() -> None:
        async with Judging(engine, [one], connect=lambda _judge: provider) as judging:
            for number in range(3):
                await propose(judging, isolated, [trace(number, steps=1)])
                (row,) = Ledger(engine).costs()
                assert row["calls"] == number + 1

    asyncio.run(whole())


def test_samples_are_one_opinion_by_their_majority(tmp_path: Path) -> None:
    said = sampled(
        tmp_path,
        answer("necessary", rationale="fine", inherits_error=True),
        answer("incorrect", rationale="wrong", inherits_error=True),
        answer("incorrect"),
        answer("incorrect"),
    )
    assert isinstance(said, Proposal)
    assert (said.label, said.confidence) == (Label.INCORRECT, 0.75)
    assert said.evidence.votes == {Label.NECESSARY: 0.25, Label.INCORRECT: 0.75}
    assert said.evidence.rationale == "wrong", "the reasons are those of the label"
    assert said.inherits_error is False, "half of them are no majority"
    assert said.cost_usd == pytest.approx(4 * 15e-6)


def test_samples_that_tie_are_no_opinion(tmp_path: Path) -> None:
    said = sampled(tmp_path, answer("necessary"), answer("incorrect"))
    assert isinstance(said, Abstention)
    assert said.why.startswith("samples-split")


def test_a_sample_without_an_answer_takes_no_part(tmp_path: Path) -> None:
    said = sampled(tmp_path, answer("incorrect"), "nothing", answer("incorrect"))
    assert isinstance(said, Proposal)
    assert (said.confidence, said.evidence.extra["samples"]) == (1.0, 2)
    assert said.evidence.extra["failed_samples"] == ["not-json"]


def test_what_a_sample_leaves_open_goes_to_the_other_labels_evenly(tmp_path: Path) -> None:
    text = answer("incorrect")
    at = text.index('"incorrect"') + 1
    label = (text[at : at + 9], math.log(0.7))
    tokens = ((text[:at], -3.0), label, (text[at + 9 :], -3.0))
    other = answer("redundant", rationale="It was said before.")
    said = sampled(tmp_path, text, text, other, tokens=tokens)
    assert isinstance(said, Proposal)
    # the tokens of the third are not those of its text: it counts whole, and against the label
    assert said.confidence == pytest.approx((0.7 + 0.7 + 0.0) / 3)


def test_logprobs_refine_the_confidence(tmp_path: Path) -> None:
    with StandIn(Script(logprob=-0.5)) as server:
        panel = [judge(server, logprobs=True)]
        ((outcome,),) = run(ledger_at(tmp_path), panel, isolated, [trace(steps=1)])
    assert isinstance(outcome, Proposal)
    assert outcome.confidence == pytest.approx(0.6065, abs=1e-3)


def test_without_judges_or_for_another_domain_there_is_an_abstention(tmp_path: Path) -> None:
    assert kinds(run(ledger_at(tmp_path), [], isolated, [trace(steps=1)])) == {"no-judges": 1}


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
