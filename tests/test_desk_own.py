"""Guidelines and the expert's own page: from the house's folder, safe, and nobody else's."""

import re
from pathlib import Path
from typing import Any

import pytest
from gold_cases import asking, gold_rows, put_gold, truth_of, wrong
from server_cases import (
    ANSWER,
    LATER,
    OPINION,
    SECRET,
    Browser,
    engine,
    lite,
    lite_databases,
    new_id,
    post_databases,
    url,
    visitor,
)
from sqlalchemy import Engine

from triage.configuration.settings import DeskSettings, Settings
from triage.errors import UsageError
from triage.queue.personal import personal
from triage.queue.verdicts.answering import answer, resolve
from triage.records import DecidedBy, Label, Mode, Verdict
from triage.server.desk.guidelines import guideline
from triage.store.forget import forget

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

SHIPPED = ("math", "logic", "medical", "legal")


@pytest.mark.parametrize("domain", SHIPPED)
def test_shipped_guidelines_are_short_and_rendered_whole(domain: str) -> None:
    found = guideline("", domain)
    assert found is not None
    titles = [one.title for one in found.sections]
    assert "The four answers" in titles
    assert "Skip and flag" in titles
    assert "Rests on an earlier error" in titles
    everything = found.opening + "".join(one.html for one in found.sections)
    for label in Label:
        word = label.shown if label in (Label.NECESSARY, Label.REDUNDANT) else label.value
        assert f"<strong>{word}</strong>" in everything
    # every formula became one, and no Markdown is left
    assert not re.search(r"\$|\*\*|^#", re.sub(r"<[^>]*>", "", everything), re.MULTILINE)
    assert len(re.sub(r"<[^>]*>", "", everything).split()) < 450
    # no line ends where it does in the file
    assert "<br" not in everything


def test_a_guidelines_lines_end_where_the_page_does(tmp_path: Path) -> None:
    (tmp_path / "law.md").write_text(
        "# Law\nFirst line\nand its end.\n## Parts\nEnds here  \nbegins here.\n\n"
        "- one\n  goes on\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\nafter\n\n"
        "```\nas\nwritten\n```\n"
    )
    found = guideline(str(tmp_path), "law")
    assert found is not None
    assert (found.title, found.opening) == ("Law", "<p>First line and its end.</p>\n")
    (part,) = found.sections
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part.html))
    assert re.search(r"Ends here\s*<br[^>]*>\s*begins here", part.html)
    assert "one goes on two" in plain
    assert part.html.count("<tr") == 3
    assert "as\nwritten" in part.html


def test_the_houses_own_goes_before_what_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "math.md").write_text("Only this.\n\n## One\n\n$x^2$ <img src=x onerror=y>\n")
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\xff")
    own = guideline(str(tmp_path), "math")
    assert own is not None
    assert (own.title, own.opening) == ("Guideline: math", "<p>Only this.</p>\n")
    (one,) = own.sections
    assert one.title == "One"
    assert "<msup>" in one.html
    assert "<img" not in one.html
    assert guideline(str(tmp_path), "logic") == guideline("", "logic")
    assert guideline(str(tmp_path), "chemistry") is None
    for name in ("../math", f"../{tmp_path.name}/math", "/etc/passwd", "", "."):
        assert guideline(str(tmp_path), name) is None
    with pytest.raises(UsageError, match="can't be read"):
        guideline(str(tmp_path), "bad")
    with pytest.raises(UsageError, match=r"desk\.guidelines"):
        guideline(str(tmp_path / "none"), "math")


def test_a_guideline_comes_as_data_and_as_a_page(lite: Engine) -> None:
    ann = Browser(lite, "ann")
    data = ann.client.get("/desk/guidelines/math").json()
    assert data["title"] == "Guideline: mathematics"
    page = ann.client.get("/guidelines/math")
    assert page.text.count("<h2") == len(data["sections"])
    assert ann.client.get("/guidelines/nothing").status_code == 404
    assert ann.client.get("/desk/guidelines/nothing").json()["detail"].startswith("there is no")
    stranger = visitor(lite)
    assert "Sign in" in stranger.get("/guidelines/math").text
    broken = Settings(desk=DeskSettings(guidelines="nowhere"))
    assert Browser(lite, "ann", broken).client.get("/desk/guidelines/math").status_code == 422


def test_own_figures_count_work_and_gold_alike(engine: Engine) -> None:
    put_gold(engine, gold_rows(4))
    settings = asking(above=0.5)
    ann = Browser(engine, "ann", settings)
    for number in range(4):
        (item,) = ann.next()
        body = {"answer_id": new_id(), "token": item["token"], "seconds": 10 + number}
        label = wrong(item) if number == 0 else truth_of(item)
        assert ann.post("/queue/answers", body | {"label": label}).status_code == 200
    (item,) = ann.next()
    body = {"answer_id": "anns-own-answer", "token": item["token"], "label": "incorrect"}
    ann.post("/queue/answers", body | {"note": "NOTED", "seconds": 100, "inherits_error": True})
    with engine.connect() as connection:
        own = personal(connection, settings, "ann")
    assert (own.answers, own.today, own.week, own.skipped) == (5, 5, 5, 0)
    assert own.seconds == 12
    assert sum(own.labels.values()) == 5
    assert own.last[0].answer_id == "anns-own-answer"
    (on_gold,) = own.on_gold
    assert (on_gold.against.agree, on_gold.against.steps) == (3, 4)
    page = ann.client.get("/me")
    assert "history: Admitted" in page.text
    assert "3 (75 %)" in page.text
    look = ann.client.get("/me/answers/anns-own-answer")
    assert "NOTED" in look.text
    assert "Second of t" in look.text
    for reply in (page, look):
        assert not any(word in reply.text for word in (LATER, ANSWER, OPINION, SECRET, "judge-a"))
    bob = Browser(engine, "bob", settings)
    assert bob.client.get("/me/answers/anns-own-answer").status_code == 404
    assert Browser(engine, "lea", settings).client.get("/me").status_code == 403
    assert "Sign in" in visitor(engine, settings).get("/me").text


def test_what_adjudicators_resolved_counts_as_gold_and_what_is_forgotten_is_gone(
    lite: Engine,
) -> None:
    ann, bob = Browser(lite, "ann"), Browser(lite, "bob")
    hers: dict[str, Any] = ann.next()[0]
    identity = new_id()
    ann.answer(hers, "necessary", identity)
    number = re.findall(r"\d+", hers["problem"])[0]
    verdict = Verdict.model_validate(
        {"trace_id": f"t{number}", "step": 1, "label": "incorrect", "expert": "bob",
         "mode": Mode.BLIND, "at": "2026-01-01T00:00:00Z"}
    )  # fmt: skip
    answer(lite, Settings(), verdict)
    word = verdict.model_copy(update={"expert": "eve", "by": DecidedBy.ADJUDICATOR, "note": "so"})
    resolve(lite, Settings(), word)
    with lite.connect() as connection:
        (found,) = personal(connection, Settings(), "ann").on_gold
        (his,) = personal(connection, Settings(), "bob").on_gold
    assert (found.against.steps, found.against.agree) == (1, 0)
    assert (his.against.steps, his.against.agree) == (1, 1)
    assert bob.client.get("/me").status_code == 200
    assert ann.client.get(f"/me/answers/{identity}").status_code == 200
    forget(lite, [f"t{number}"])
    assert ann.client.get(f"/me/answers/{identity}").status_code == 404
    assert ann.client.get("/me").status_code == 200
