"""What is private leaves the machine neither by a call nor by a job."""

from pathlib import Path
from typing import Any

import pytest
from platform_cases import Platform, lines, platform_at, settings_file

from triage.standin import Rule, Script, StandIn

LEAK = Rule(match="Jane|Roe|roe@|00123", do="status", status=400)
SAY = Rule(set={"quotes": ["[NAME-1] itches"], "rationale": "[NAME-1] wrote [EMAIL-1]."})


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "x")


def cases(prefix: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{prefix}{number}", "domain": "medical",
         "problem": f"Case {prefix}{number}: Jane Roe (jane.roe@example.org, MRN 00123) itches.",
         "steps": ["Jane Roe itches.", "So write to jane.roe@example.org."]}
        for number in range(3)
    ]  # fmt: skip


def by_job(platform: Platform) -> list[dict[str, Any]]:
    job = platform.job(lines(cases("job"))).json()["id"]
    assert platform.until(job, "done")["traces"] == {"done": 3}
    return platform.results(job)


def by_call(platform: Platform) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.prelabel(cases("call"))["decisions"]
    return found


def test_nothing_private_is_sent_and_it_comes_back_whole() -> None:
    with StandIn(Script(rules=(LEAK, SAY))) as standin:
        settings_file(
            f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{standin.url}/v1"\n'
            '[plugins]\nworkers = 1\nblocked = ["math", "logic"]\n'
            '[plugin.redact]\nkinds = ["email", "phone"]\nnames = ["Jane Roe"]\n'
            'patterns = { record = "MRN \\\\d+" }\n'
        )
        with platform_at("sqlite:///triage.db") as (_, platform):
            for rows in (by_job(platform), by_call(platform)):
                assert len(rows) == 6
                for row in rows:
                    assert "Jane" in row["text"] or "jane" in row["text"]
                    assert row["failed"] == []
                    (evidence,) = [one["evidence"] for one in row["proposals"]]
                    assert evidence["quotes"] == ["Jane Roe itches"]
                    assert evidence["rationale"] == "Jane Roe wrote jane.roe@example.org."
        assert standin.journal.asked.total() == 12
