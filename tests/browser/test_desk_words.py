"""What experts and adjudicators write, and the second thought by touch: nothing of it is lost."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk_browser import (
    FIELD,
    NARROW,
    REVEALING,
    Desk,
    browser,
    make_desk,
    plain,
    sitting,
    trace,
)
from sqlalchemy import delete

from triage.configuration.settings import Settings
from triage.queue.people import admit
from triage.queue.verdicts.answering import answer
from triage.records import Label, Mode, Verdict
from triage.store.database import writing
from triage.store.people.accounts import Role
from triage.store.tables.schema import leases

LONG = "一行又一行。" * 3_000
"""Below what a correction may hold; with a note, more bytes than a browser sends for a page that
is gone."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(
        tmp_path, [trace("t", "Sum it up.", [LONG, "So $1+1=2$.", "a line\n" * 5_000])]
    )
    yield made
    made.stop()


def test_what_is_written_survives_a_reload_and_long_words_are_stored(
    browser: Any, desk: Desk
) -> None:
    with sitting(browser, desk) as seat:
        seat.press("n")
        seat.page.keyboard.type("half a th")
        seat.reload()
        assert seat.page.get_attribute("#note", "class") == "filled"
        seat.press("n")
        assert seat.page.input_value("#ask-text") == "half a th"
        seat.page.keyboard.type("ought")
        seat.press("Escape", "n")
        assert seat.page.input_value("#ask-text") == "half a th"
        seat.page.fill("#ask-text", LONG)
        seat.press("Enter", "c")
        seat.page.keyboard.type("!")
        seat.press("Enter", "3")
        (one,) = seat.stored(1)
        assert one["note"] == LONG
        assert one["correction"] == LONG + "!"
        # a step beyond what a correction may hold is no start for one
        seat.press("1", "c")
        assert seat.page.input_value("#ask-text") == ""
        seat.press("Escape", "s")
        seat.page.keyboard.insert_text("no " * 1_000)
        assert len(seat.page.input_value("#ask-text")) == 2_000
        seat.press("Enter")
        seat.page.wait_for_selector("h1:has-text('Nothing waits')")


def test_a_note_waits_for_its_step_when_the_lease_has_ended(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(number, 3) for number in range(3)])
    try:
        with sitting(browser, desk) as seat:
            place, step = seat.text("#position"), seat.step
            seat.press("n")
            seat.page.keyboard.type("to be said")
            seat.press("Enter")
            with writing(desk.engine) as connection:
                connection.execute(delete(leases))
            seat.reload()
            while (seat.text("#position"), seat.step) != (place, step):
                seat.press("i", "2")
            assert seat.page.get_attribute("#note", "class") == "filled"
            seat.press("3")
            seat.page.wait_for_selector("body[data-connection=stored]")
            assert "to be said" in [one["note"] for one in desk.said()]
    finally:
        desk.stop()


def test_what_the_server_refuses_comes_again_and_a_busy_one_is_not_offline(
    browser: Any, desk: Desk
) -> None:
    with sitting(browser, desk) as seat:
        problem = {"type": "urn:triage:problem:invalid-request", "detail": "seconds: too many"}
        statuses = iter([429, 422])

        def refuse(route: Any) -> None:
            if (status := next(statuses, None)) is None:
                route.continue_()
            else:
                route.fulfill(status=status, body=json.dumps(problem))

        seat.page.route("**/queue/answers", refuse)
        place = seat.text("#position")
        seat.press("1")
        assert "The server is busy. 1 answer is kept here" in seat.text("#storing")
        seat.page.wait_for_selector("#said.notice")
        assert "step 1 was not counted: seconds: too many." in seat.text("#said")
        for _ in range(3):
            if seat.text("#position") != place:
                seat.press("2")
        assert seat.text("#position") == place
        seat.press("1")
        assert [one["label"] for one in seat.stored(3)] == ["redundant", "redundant", "necessary"]
        seat.faults.clear()  # the refusals


def test_a_second_thought_by_touch_needs_a_reason(browser: Any, tmp_path: Path) -> None:
    rows = [plain(0, 2)]
    rows[0]["proposals"][0]["explanations"] = ["the sum $3 + 2$ is right"] * 2
    desk = make_desk(tmp_path, rows, REVEALING)
    try:
        with sitting(browser, desk, size=NARROW, has_touch=True, is_mobile=True) as seat:
            seat.page.tap("#answers button:nth-child(3)")
            seat.page.wait_for_selector("#reveal[open]")
            assert seat.page.locator("#reveal-step math").count() == 2
            assert seat.page.locator("#reveal-proposals math").count() == 1
            assert not seat.page.is_visible("#reveal-others button:nth-child(3)")
            seat.page.tap("#reveal-others button:nth-child(1)")
            seat.page.fill("#reveal-reason", "  ")
            seat.page.tap("#reveal-keep")
            assert seat.page.is_visible("#reveal")  # not kept without a word
            seat.page.fill("#reveal-reason", "It adds up.")
            seat.page.tap("#reveal-keep")
            log = seat.stored(2)
            assert [(one["label"], one["mode"]) for one in log] == [
                ("incorrect", "blind"), ("necessary", "reveal-after"),
            ]  # fmt: skip
    finally:
        desk.stop()


def test_an_adjudicator_finds_the_disputes_and_says_that_a_step_rests_on_an_error(
    browser: Any, tmp_path: Path
) -> None:
    desk = make_desk(tmp_path, [plain(0, 2)])
    try:
        with writing(desk.engine) as connection:
            admit(connection, "test", "eve", [FIELD], [Role.ADJUDICATOR])
        for name, label in (("ann", Label.NECESSARY), ("bob", Label.INCORRECT)):
            verdict = Verdict(
                trace_id="tank-0", step=1, label=label, expert=name, mode=Mode.BLIND,
                at=datetime.now(UTC),
            )  # fmt: skip
            answer(desk.engine, Settings(), verdict)
        with sitting(browser, desk, name="eve", size=(650, 450)) as seat:
            seat.page.click("header a:has-text('disputes')")
            seat.page.wait_for_selector("body[data-state=step]")
            assert seat.page.get_attribute("#guideline-link", "href") == f"/guidelines/{FIELD}"
            box = seat.page.locator("#answers button").first.bounding_box()
            assert box["y"] + box["height"] <= 450
            seat.press("i", "1")
            seat.page.fill("#ask-text", "Sound, on a wrong start.")
            seat.press("Enter")
            (one,) = seat.stored(1)
            assert (one["label"], one["inherits_error"]) == ("necessary", True)
    finally:
        desk.stop()
