"""A calibration round at the desk, its result, the guideline, and the expert's own page."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from desk_browser import FIELD, VARIANTS, browser, look, make_desk, plain, sitting, variant
from gold_cases import LABELS, gold_rows, put_gold

from triage.configuration.settings import AdmissionSettings, DeskSettings, Settings
from triage.queue.gold.admission import repeat_round
from triage.store.database import writing

SHIPPED = files("triage.server.desk").joinpath("guidelines", "math.md").read_text(encoding="utf-8")
RULES = SHIPPED.replace("mathematics", FIELD) + '\n<script>document.title = "taken"</script>\n'


def right(seat: Any) -> str:
    """The key of a gold step's right label, which stands in its text."""
    word = seat.step.rpartition(", ")[2].rstrip(".")
    return str(LABELS.index(word) + 1)


def wrong(seat: Any) -> str:
    return str(int(right(seat)) % 4 + 1)


def settings(folder: Path) -> Settings:
    folder.mkdir()
    (folder / f"{FIELD}.md").write_text(RULES)
    return Settings(
        desk=DeskSettings(guidelines=str(folder)),
        admission=AdmissionSettings(steps=4, above=0.75, hidden_share=0.0),
    )


def test_from_a_round_that_is_failed_to_one_that_is_passed(
    browser: Any, tmp_path: Path, variant: str, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    house = settings(tmp_path / "rules")
    desk = make_desk(tmp_path, [plain(0, 3)], house)
    try:
        put_gold(desk.engine, gold_rows(8, FIELD))
        with sitting(browser, desk, **VARIANTS[variant]) as seat:
            assert "7 left" in seat.text("#left")
            seat.press("g")
            seat.page.wait_for_selector("#guideline[open]")
            assert seat.text("#guideline-title") == "Guideline: algebra"
            titles = seat.page.locator("#guideline-text h3").all_inner_texts()
            assert titles[0] == "The four answers"
            assert seat.page.locator("#guideline-text math").count() > 3
            assert "document.title" in seat.text("#guideline-text")
            assert seat.page.title() == "Desk"
            look(seat, "guideline", variant)
            seat.press("1")  # belongs to the dialog
            seat.press("Escape")
            assert not seat.page.is_visible("#guideline")
            assert not desk.said()
            for number in range(4):
                seat.press(wrong(seat) if number < 2 else right(seat))
            seat.page.wait_for_selector("h1:has-text('Not admitted to algebra yet')")
            assert "2 of 4 labels agree" in seat.text("#state")
            assert "ask your lead for another round" in seat.text("#state")
            assert "not admitted yet" in seat.text("#said")
            look(seat, "not-admitted", variant)
            look_at_own_pages(seat, variant)
            with writing(desk.engine) as connection:
                repeat_round(connection, house, "lea", "ann", FIELD, "read the guideline")
            seat.page.goto(desk.address)
            seat.page.wait_for_selector("body[data-state=step]")
            seat.ready()
            for _ in range(4):
                seat.press(right(seat))
            seat.page.wait_for_selector("body[data-state=step]")
            seat.ready()
            assert "algebra: admitted. 4 of 4 labels agree" in seat.text("#said")
            assert "tank" in seat.step
            look(seat, "admitted", variant)
            seat.press("3")
            # nothing but the work is in the log
            assert [one["trace_id"] for one in seat.stored(1)] == ["tank-0"]
    finally:
        desk.stop()


def look_at_own_pages(seat: Any, variant: str) -> None:
    """From the closed queue to the guideline, the own page and a step that was answered."""
    seat.page.click("#state a:has-text('guideline')")
    seat.page.wait_for_selector("h1:has-text('Guideline: algebra')")
    assert seat.page.title() == "Guideline: algebra"
    look(seat, "guideline-page", variant)
    seat.page.goto(f"{seat.desk.address}/me")
    page = seat.text("main")
    assert "algebra: Not admitted yet" in page
    assert "2 (50 %)" in page
    assert seat.page.locator(".last li").count() == 4
    look(seat, "own-page", variant)
    seat.page.click(".last li:nth-child(2) a")
    seat.page.wait_for_selector("h1:has-text('algebra, step 2 of 3')")
    assert "You said:" in seat.text("main")
    # the step as it was, and nothing that came later
    assert "Second of" in seat.text("main")
    assert "Third of" not in seat.page.content()
    look(seat, "own-answer", variant)


def test_a_domain_without_a_guideline_says_so(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(0, 1)])
    try:
        with sitting(browser, desk) as seat:
            seat.press("g")
            seat.page.wait_for_selector("#guideline[open]")
            assert "there is no guideline for algebra" in seat.text("#guideline-text")
            seat.press("Escape")
            seat.faults.clear()  # the page is told by a 404
            seat.context.set_offline(True)
            seat.press("g", pause=200)
            assert seat.page.is_visible("#guideline")  # asked for once, it is kept
    finally:
        desk.stop()


def test_the_own_page_counts_work_and_is_ones_own(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(0, 6)])
    try:
        with sitting(browser, desk) as seat:
            for key in "11234":
                seat.press(key)
            seat.stored(5)
            seat.page.goto(f"{desk.address}/me")
            figures = seat.text(".figures")
            assert figures.split("\n")[:4] == ["answers", "5", "today", "5"]
            assert "No calibration round is asked for" in seat.text("main")
            rows = seat.page.locator("tbody tr").all_inner_texts()
            assert rows == ["correct and necessary\t2", "correct but redundant\t1", "incorrect\t1",
                            "incomplete\t1"]  # fmt: skip
            address = seat.page.get_attribute(".last li a", "href")
            # what the machine made of it is nowhere
            assert "MACHINEOPINION" not in seat.page.content()
            assert "judge-" not in seat.page.content()
        with sitting(browser, desk, name="bob") as other:
            reply = other.page.goto(f"{desk.address}{address}")
            assert reply.status == 404
            other.faults.clear()
    finally:
        desk.stop()
