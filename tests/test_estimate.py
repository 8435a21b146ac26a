"""`triage estimate`: what a run then asks, bought or not, and the experts' time with its source."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Triage, write_lines
from judging_cases import ITEMS

from triage.standin import Script, StandIn

KEYS = {"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "x"}


def panel(server: StandIn, price: str = "price = { input = 1.0, output = 5.0 }") -> None:
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n{price}\n'
        f'[judges.b]\nprovider = "anthropic"\nmodel = "m"\nurl = "{server.url}"\n'
        f'mode = "trace"\n{price}\n'
        "[queue.domain_seconds]\nlegal = 60.0\n",
        encoding="utf-8",
    )


def traces(count: int = 3) -> list[dict[str, Any]]:
    return [
        {
            "id": f"t{number}",
            "domain": ["medical", "legal"][number % 2],
            "problem": f"Case {number}: what follows?",
            "steps": [f"Point one of {number}.", f"So it is {number}."],
        }
        for number in range(count)
    ]


def test_the_estimate_is_what_the_run_then_asks(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces())
    with StandIn(Script(items=ITEMS)) as server:
        panel(server)
        before = triage("estimate", "in.jsonl", "--json", **KEYS)
        assert before.status == 0, before.err
        assert server.journal.asked.total() == 0
        assert not Path("triage.db").exists()
        told = before.json
        by_source = {(one["plugin"], one["judge"]): one["calls"] for one in told["judges"]}
        assert by_source == {
            ("medical", "a"): 4,
            ("legal", "a"): 2,
            ("medical-trace", "b"): 2,
            ("legal-trace", "b"): 1,
        }
        one_judge = triage("estimate", "in.jsonl", "--judge", "b", "--json", **KEYS)
        assert one_judge.json["calls"] == 3
        ran = triage("run", "in.jsonl", "--json", **KEYS)
        assert ran.status in (0, 3), ran.err
        assert len({key for key, _ in server.journal.deliveries}) == told["calls"] == 9
        assert 0 < ran.json["cost_usd"] <= told["worst_usd"]
        assert told["usd"] <= told["worst_usd"]
        write_lines(Path("more.jsonl"), traces(4))
        after = triage("estimate", "more.jsonl", "--json", **KEYS).json
    assert (after["calls"], after["stored"]) == (3, 9)


def test_experts_minutes_say_where_they_come_from(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces())
    with StandIn(Script(items=ITEMS)) as server:
        panel(server)
        told = triage("estimate", "in.jsonl", "--json", **KEYS).json
    by_domain = {one["domain"]: one for one in told["experts"]}
    assert by_domain["legal"]["asked_from"] == "every-step"
    assert by_domain["legal"]["minutes"] == 2 * 60 / 60
    assert by_domain["medical"]["minutes"] == 4 * 120 / 60
    assert told["expert_minutes"] == 10


def test_shares_and_seconds_are_read_off_a_store_that_has_them(triage: Triage) -> None:
    easy = [
        {"id": f"m{n}", "domain": "math", "problem": "Add.", "steps": [f"{n} + 1 = {n + 1}"] * 5}
        for n in range(24)
    ]
    write_lines(Path("in.jsonl"), easy)
    assert triage("run", "in.jsonl").status == 0
    assert triage("experts", "add", "ada", "--credential", "math").status == 0
    verdicts = [
        {
            "trace_id": f"m{n}", "step": 0, "label": "necessary", "expert": "ada",
            "mode": "blind", "seconds": 30, "at": "2026-01-01T00:00:00Z",
        }
        for n in range(24)
    ]  # fmt: skip
    write_lines(Path("verdicts.jsonl"), verdicts)
    imported = triage("queue", "import", "verdicts.jsonl")
    assert imported.status == 0, imported.err
    (told,) = triage("estimate", "in.jsonl", "--json").json["experts"]
    assert (told["asked_from"], told["seconds_from"]) == ("store", "store")
    assert told["seconds_per_step"] == pytest.approx(30)
    assert 0 < told["asked_share"] <= 1
    assert told["minutes"] == pytest.approx(120 * told["asked_share"] * 0.5)


def test_a_judge_without_a_price_leaves_the_sum_open(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces())
    with StandIn(Script(items=ITEMS)) as server:
        panel(server, price="")
        told = triage("estimate", "in.jsonl", "--json", **KEYS).json
    assert told["calls"] == 9
    assert told["usd"] is None


def test_unusable_rows_are_counted_and_the_status_says_so(triage: Triage) -> None:
    Path("in.jsonl").write_text('{"problem": "p", "steps": ["s"]}\n{"steps": 7}\n')
    ran = triage("estimate", "in.jsonl", "--json")
    assert (ran.status, ran.json["rejected"], ran.json["traces"]) == (3, 1, 1)
    assert triage("estimate", "nowhere.jsonl").status == 2
