"""Batches fill the ledger: resumable, for half the price, and only with what is missing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from judging_cases import judge, ledger_at, run, trace
from sqlalchemy import Engine
from triage_medical import isolated

from triage.judging import Judge, Judging, Ledger
from triage.judging.calls.batch import BatchReport
from triage.judging.calls.batchbook import BatchBook
from triage.judging.questions.question import Question
from triage.promptbook import PromptBook
from triage.records import Proposal
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act, Batches

TRACES = [trace(i) for i in range(10)]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k")


def judge_at(server: StandIn, provider: str) -> Judge:
    url = f"{server.url}/v1" if provider == "openai" else server.url
    return judge(server, provider=provider, url=url, poll_seconds=0.05)


class StoppedError(Exception):
    """Stands for whatever ends a process."""


def fill(
    engine: Engine, one: Judge, *, limit_usd: float | None = None, stop: bool = False
) -> BatchReport:
    def told(line: str) -> None:
        if stop and "handed in" in line:
            raise StoppedError

    async def whole() -> BatchReport:
        async with Judging(engine, [one], limit_usd=limit_usd) as judging:

            async def parts() -> AsyncIterator[list[Question]]:
                prompt = PromptBook().get("medical/step_judge")
                for found in TRACES:
                    yield await judging.all_questions(one, isolated.info, prompt, found)

            return await judging.fill_by_batch(one, parts, told=told)

    return asyncio.run(whole())


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_run_after_a_batch_buys_nothing(tmp_path: Path, provider: str) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(batches=Batches(seconds=0.2))) as server:
        report = fill(engine, judge_at(server, provider))
        assert report == BatchReport(asked=40, answered=40, missing=0, unaffordable=0)
        bought = server.journal.bought()
        found = run(engine, [judge_at(server, provider)], isolated, TRACES)
        assert server.journal.bought() == bought
    assert all(isinstance(outcome, Proposal) for step in found for outcome in step)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_what_expired_or_broke_is_handed_in_again_alone(tmp_path: Path, provider: str) -> None:
    script = Script(
        batches=Batches(expired_share=0.3, errored_share=0.1),
        rules=(Rule(do=Act.NOT_JSON, share=0.1, times=1),),
    )
    with StandIn(script) as server:
        report = fill(ledger_at(tmp_path), judge_at(server, provider))
        bought = server.journal.bought()
    assert report.asked > 40
    assert report.missing < 10
    assert bought.total() == report.answered
    assert 40 - report.missing <= report.answered <= 40 + sum(n > 1 for n in bought.values())


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_batch_is_found_again_after_a_restart(tmp_path: Path, provider: str) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(batches=Batches(seconds=0.5))) as server:
        one = judge_at(server, provider)
        with pytest.raises(StoppedError):
            fill(engine, one, stop=True)
        assert len(BatchBook(engine, "default", one).open_ones()) == 1
        report = fill(engine, one)
        assert (report.asked, report.answered, report.missing) == (0, 40, 0)
        assert max(server.journal.bought().values()) == 1
    assert BatchBook(engine, "default", one).open_ones() == []


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_batch_whose_name_was_never_noted_is_found_at_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(batches=Batches(seconds=0.3))) as server:
        one = judge_at(server, provider)
        with monkeypatch.context() as patch:
            patch.setattr(BatchBook, "handed_in", stop)
            with pytest.raises(StoppedError):
                fill(engine, one, limit_usd=1.0)
        report = fill(engine, one, limit_usd=1.0)
        assert (report.asked, report.answered, report.missing) == (0, 40, 0)
        assert max(server.journal.bought().values()) == 1
    assert Ledger(engine).balance()[1] == 0
    assert BatchBook(engine, "default", one).open_ones() == []


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_batch_that_the_provider_never_got_is_handed_in_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    from triage.providers import anthropic_batch, openai_batch

    kind = openai_batch.OpenAIBatches if provider == "openai" else anthropic_batch.AnthropicBatches
    engine = ledger_at(tmp_path)
    with StandIn() as server:
        one = judge_at(server, provider)
        with monkeypatch.context() as patch:
            patch.setattr(kind, "submit", stop)
            with pytest.raises(StoppedError):
                fill(engine, one, limit_usd=1.0)
        assert Ledger(engine).balance()[1] > 0
        report = fill(engine, one, limit_usd=1.0)
    assert (report.asked, report.answered, report.missing) == (40, 40, 0)
    assert Ledger(engine).balance()[1] == 0


def stop(*_arguments: object, **_more: object) -> None:
    raise StoppedError


@pytest.mark.parametrize(("limit_usd", "enough"), [(0.1, True), (0.02, False)])
def test_a_batch_costs_half_and_stays_under_the_limit(
    tmp_path: Path, limit_usd: float, enough: bool
) -> None:
    engine = ledger_at(tmp_path)
    with StandIn() as server:
        report = fill(engine, judge_at(server, "openai"), limit_usd=limit_usd)
        spent, held = Ledger(engine).balance()
        tokens = server.journal.tokens
        once = tokens["input"] * 1.0 + tokens["output"] * 5.0
        assert server.journal.statuses[200] == 0
    # what came back of one batch's worst case paid for the next one
    assert report.unaffordable == report.missing
    assert (report.missing == 0) == enough
    assert report.asked == report.answered == 40 - report.missing > 0
    assert held == 0
    assert spent == pytest.approx(once * 1e3 / 2, abs=40)
    assert spent <= limit_usd * 1e9


def test_a_batch_that_is_refused_gives_its_money_back(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(keys=("other",))) as server, pytest.raises(Exception, match="401"):
        fill(engine, judge_at(server, "openai"), limit_usd=1.0)
    assert Ledger(engine).balance() == (0, 0)
    assert BatchBook(engine, "default", judge_at(server, "openai")).open_ones() == []


def test_what_a_batch_brought_is_kept_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ledger_at(tmp_path)
    with StandIn() as server:
        one = judge_at(server, "openai")
        with monkeypatch.context() as patch:
            patch.setattr(BatchBook, "close", stop)
            with pytest.raises(StoppedError):
                fill(engine, one, limit_usd=1.0)
        spent, held = Ledger(engine).balance()
        assert spent == 0
        assert held > 0
        assert Ledger(engine).costs() == []
        report = fill(engine, one, limit_usd=1.0)
        assert (report.asked, report.answered, report.missing) == (0, 40, 0)
        assert max(server.journal.bought().values()) == 1
    assert [row["calls"] for row in Ledger(engine).costs()] == [40]
    assert Ledger(engine).balance()[1] == 0
