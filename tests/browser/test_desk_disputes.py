"""An adjudicator ends a split: both sides unnamed, the machine folded away, a reason, for good."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desk_browser import (
    FIELD,
    OPINION,
    VARIANTS,
    browser,
    look,
    make_desk,
    plain,
    sitting,
    variant,
)

from triage.configuration.settings import Settings
from triage.queue.people import admit
from triage.queue.verdicts.answering import answer
from triage.records import Label, Mode, Verdict
from triage.store.database import writing
from triage.store.people.accounts import Role


def test_a_split_is_resolved_with_a_reason(browser: Any, tmp_path: Path, variant: str) -> None:
    desk = make_desk(tmp_path, [plain(0, 3)])
    try:
        with writing(desk.engine) as connection:
            admit(connection, "test", "eve", [FIELD], [Role.ADJUDICATOR])
        for name, label in (("ann", Label.NECESSARY), ("bob", Label.INCORRECT)):
            verdict = Verdict(
                trace_id="tank-0", step=1, label=label, expert=name, mode=Mode.BLIND,
                note=f"{label} it is", at=datetime.now(UTC),
            )  # fmt: skip
            answer(desk.engine, Settings(), verdict)
        # who has not begun to judge holds no step
        with sitting(browser, desk, name="eve", practised=False, **VARIANTS[variant]) as seat:
            seat.page.goto(f"{desk.address}/disputes")
            seat.page.wait_for_selector("body[data-state=step]")
            seat.ready()
            assert seat.text("#step-name") == "Step 2"
            sides = seat.text("#sides")
            assert "incorrect it is" in sides
            assert "necessary it is" in sides
            assert "ann" not in seat.text("#desk")
            assert "bob" not in seat.text("#desk")
            assert not seat.page.is_visible("#proposals")
            look(seat, "dispute", variant)
            seat.press("m")
            look(seat, "dispute-machine", variant)
            assert OPINION in seat.text("#proposals")
            seat.press("3")
            seat.press("Enter")  # not without a reason
            assert seat.page.is_visible("dialog[open]")
            seat.page.keyboard.type("The sum is off by 1.")
            seat.press("Enter")
            seat.page.wait_for_selector("h1:has-text('No experts differ')")
            (one,) = seat.stored(1)
            assert (one["label"], one["by"]) == ("incorrect", "adjudicator")
            assert one["note"] == "The sum is off by 1."
            look(seat, "no-disputes", variant)
            seat.page.click(".ways a:has-text('desk')")
            seat.page.wait_for_url(f"{desk.address}/")
    finally:
        desk.stop()


def test_who_ends_splits_finds_them_where_nothing_waits(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(1, 1)])
    try:
        with writing(desk.engine) as connection:
            admit(connection, "test", "eve", [FIELD], [Role.ADJUDICATOR, Role.LEAD])
        for name, label in (("ann", Label.NECESSARY), ("bob", Label.INCORRECT)):
            verdict = Verdict(
                trace_id="tank-1", step=0, label=label, expert=name, mode=Mode.BLIND,
                at=datetime.now(UTC),
            )  # fmt: skip
            answer(desk.engine, Settings(), verdict)
        with sitting(browser, desk, name="eve") as seat:
            # a split is no step to be labelled by who is to end it
            seat.page.wait_for_selector("h1:has-text('Nothing waits for you now')")
            look(seat, "empty-adjudicator", "light")
            for way, heading in (("disputes", "Step 1"), ("lead's pages", "Overview")):
                seat.page.click(f'#state a:has-text("{way}")')
                seat.page.wait_for_selector(f"h1:has-text('{heading}')")
                seat.page.goto(desk.address)
                seat.page.wait_for_selector("#state a[href$='/disputes']")
    finally:
        desk.stop()
