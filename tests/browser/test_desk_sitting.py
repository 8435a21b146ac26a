"""A sitting at the desk by keyboard: every answer in its place, none lost, none twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk_browser import Desk, browser, make_desk, plain, sitting

from triage.configuration.settings import Settings
from triage.queue.verdicts.answering import answer
from triage.records import Label, Mode, Verdict

ROWS = [plain(number, 6) for number in range(6)]
LABELS = {"1": "necessary", "2": "redundant", "3": "incorrect", "4": "incomplete"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path, ROWS)
    yield made
    made.stop()


def places(desk: Desk) -> list[tuple[str, int, str]]:
    return [(one["trace_id"], one["step"], one["label"]) for one in desk.said()]


def shown_place(seat: Any) -> tuple[str, int]:
    """Which step is on the page, as its text tells."""
    words = seat.page.eval_on_selector("#step-text", "one => one.textContent").split()
    number = words[words.index("tank") + 1]
    return f"tank-{number}", int(seat.text("#position").split()[1]) - 1


def test_thirty_steps_by_keyboard(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        expected = []
        for number in range(30):
            key = str(number % 4 + 1)
            expected.append((*shown_place(seat), LABELS[key]))
            seat.press(key)
        seat.stored(30)
        assert places(desk) == expected
        assert len({place[:2] for place in expected}) == 30
        assert "6 left" in seat.text("#left")
        # one answer and at most one look for more a step
        calls = [url for url in seat.requests if "/queue/" in url or "/desk/items" in url]
        assert len(calls) <= 2 * 30 + 2


def test_ten_labels_typed_ahead_of_a_slow_network_are_stored_right(
    browser: Any, desk: Desk
) -> None:
    with sitting(browser, desk) as seat:
        client = seat.context.new_cdp_session(seat.page)
        client.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 150, "downloadThroughput": -1, "uploadThroughput": -1,
        })  # fmt: skip
        expected: list[tuple[str, int, str]] = []
        while len(expected) < 10:
            key = str(len(expected) * 3 % 4 + 1)
            place = shown_place(seat)
            seat.page.keyboard.press(key)
            seat.page.wait_for_timeout(300)
            # a busy machine may paint so late that a key comes too early for the step: it does
            # nothing then, and the step is still there
            if shown_place(seat) != place:
                expected.append((*place, LABELS[key]))
        seat.stored(10)
        assert places(desk) == expected


def test_a_key_belongs_to_the_step_that_was_painted(browser: Any, desk: Desk) -> None:
    """Keys that came while the page was busy must not label steps that were never seen."""
    with sitting(browser, desk) as seat:
        first = shown_place(seat)
        seat.page.evaluate(
            """() => {
                const press = (at) => {
                    const event = new KeyboardEvent("keydown", { key: "3", bubbles: true });
                    if (at !== undefined) Object.defineProperty(event, "timeStamp", { value: at });
                    document.dispatchEvent(event);
                };
                const now = performance.now();
                press(); press(); press(now); press(now + 20);
            }"""
        )
        seat.page.wait_for_timeout(400)
        assert places(desk) == [(*first, "incorrect")]
        # a key from before the paint of this step comes late
        late = """() => {
            const painted = performance.getEntriesByName("step-painted").at(-1).startTime;
            for (const at of [painted - 30, painted + 140]) {
                const event = new KeyboardEvent("keydown", { key: "2", bubbles: true });
                Object.defineProperty(event, "timeStamp", { value: at });
                document.dispatchEvent(event);
            }
        }"""
        seat.page.evaluate(late)
        seat.page.wait_for_timeout(300)
        assert len(desk.said()) == 1


def test_a_double_click_counts_once(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.page.dblclick("#answers button:nth-child(2)", delay=20)
        seat.page.wait_for_timeout(500)
        assert [one["label"] for one in desk.said()] == ["redundant"]
        seat.page.keyboard.down("3")
        for _ in range(5):
            seat.page.keyboard.down("3")  # a key that is held down repeats
        seat.page.keyboard.up("3")
        seat.page.wait_for_timeout(400)
        assert [one["label"] for one in desk.said()] == ["redundant", "incorrect"]


def test_modifier_note_and_correction_go_with_the_answer(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.press("i", "n")
        seat.page.keyboard.type("sound, 1 but rests on step 1")
        seat.press("Enter", "c")
        assert "After $1$ hours" in seat.page.input_value("#ask-text")
        seat.page.fill("#ask-text", "It never is.")
        seat.press("Enter")
        for name in ("inherits", "note", "correction"):
            shown = seat.page.get_attribute(
                f"#{name}", "class" if name != "inherits" else "aria-pressed"
            )
            assert shown in {"true", "filled"}
        seat.reload()
        assert seat.page.get_attribute("#inherits", "aria-pressed") == "true"
        seat.press("4")
        (one,) = seat.stored(1)
        assert (one["label"], one["inherits_error"]) == ("incomplete", True)
        assert one["note"] == "sound, 1 but rests on step 1"
        assert one["correction"] == "It never is."
        assert one["mode"] == "blind"
        assert 0 <= one["seconds"] < 60
        assert seat.page.get_attribute("#inherits", "aria-pressed") == "false"
        seat.press("1")
        assert seat.stored(2)[1]["note"] is None


def test_the_last_three_answers_can_be_taken_back(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seen = []
        for key in "1234":
            seen.append(shown_place(seat))
            seat.press(key)
        seat.stored(4)
        seat.press("u", "u", "u")
        assert shown_place(seat) == seen[1]
        seat.press("u")
        assert "nothing to take back" in seat.text("#said")
        assert shown_place(seat) == seen[1]
        for place in seen[1:]:
            assert shown_place(seat) == place
            seat.press("1")
        log = seat.stored(4 + 3 + 3)
        withdrawn = {one["withdraws"] for one in log if one["withdraws"]}
        stand = [
            (one["trace_id"], one["step"], one["label"])
            for one in log
            if not one["withdraws"] and one["answer_id"] not in withdrawn
        ]
        assert stand == [(*place, "necessary") for place in seen]


def test_skip_and_flag_with_a_reason(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        first = shown_place(seat)
        seat.press("f", "2")
        assert "flagged" in seat.text("#said")
        assert shown_place(seat) == first
        seat.press("s", "Escape")
        assert shown_place(seat) == first
        seat.press("s", "1")
        assert shown_place(seat) != first
        seat.press("u")
        assert shown_place(seat) == first
        assert "before you again" in seat.text("#said")
        seat.press("s", "1")
        assert shown_place(seat) != first
        seat.reload()
        assert shown_place(seat) != first
        assert not desk.said()


def test_offline_answers_survive_a_reload_and_count_once(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.context.set_offline(True)
        expected = []
        for key in "123":
            expected.append((*shown_place(seat), LABELS[key]))
            seat.press(key)
        seat.page.wait_for_timeout(300)
        assert "3 answers are kept" in seat.text("#storing")
        assert not desk.said()
        seat.context.set_offline(False)
        seat.reload()
        seat.stored(3)
        assert places(desk) == expected
        assert shown_place(seat) not in [place[:2] for place in expected]
        assert seat.text("#storing") == ""


def test_answers_whose_replies_are_lost_are_sent_again_and_count_once(
    browser: Any, desk: Desk
) -> None:
    with sitting(browser, desk) as seat:
        dropped: list[bool] = []

        def lose(route: Any) -> None:
            if len(dropped) % 2 == 0:
                route.fetch()  # stored, but the reply never comes
                dropped.append(True)
                route.abort()
            else:
                dropped.append(False)
                route.continue_()

        seat.page.route("**/queue/answers", lose)
        expected = []
        for key in "3142":
            expected.append((*shown_place(seat), LABELS[key]))
            seat.press(key)
        seat.stored(4)
        seat.page.wait_for_selector("body[data-connection=stored]")
        assert places(desk) == expected
        assert dropped.count(True) == 4


def test_a_server_that_fails_for_a_while_loses_nothing(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        replies = iter([503, 500, 429])

        def fail(route: Any) -> None:
            status = next(replies, None)
            if status is None:
                route.continue_()
            else:
                route.fulfill(status=status, body="{}", content_type="application/json")

        seat.page.route("**/queue/answers", fail)
        place = shown_place(seat)
        seat.press("2")
        seat.stored(1)
        assert places(desk) == [(*place, "redundant")]
        seat.faults.clear()  # the browser tells of the failed requests itself


def test_undo_before_the_answer_was_sent_sends_nothing(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        first = shown_place(seat)
        seat.context.set_offline(True)
        seat.press("1")
        second = shown_place(seat)
        seat.press("2")
        seat.press("u")
        assert shown_place(seat) == second
        seat.context.set_offline(False)
        seat.stored(1)
        seat.page.wait_for_selector("body[data-connection=stored]")
        assert places(desk) == [(*first, "necessary")]


def test_what_went_to_a_colleague_is_told_and_not_counted(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        place = shown_place(seat)
        take_over(desk, place)
        seat.press("3", pause=600)
        assert "was not counted" in seat.text("#said")
        assert not desk.said()
        assert shown_place(seat) != place
        seat.faults.clear()  # the refusal


def take_over(desk: Desk, place: tuple[str, int]) -> None:
    """A colleague gets the step and settles it."""
    verdict = Verdict(
        trace_id=place[0], step=place[1], label=Label.NECESSARY, expert="bob",
        mode=Mode.BLIND, at=datetime.now(UTC),
    )  # fmt: skip
    answer(desk.engine, Settings(), verdict, "a-colleagues-answer")


def test_another_tab_takes_the_desk_over_and_gives_it_back(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        first = shown_place(seat)
        other = seat.open()
        other.goto(desk.address)
        other.wait_for_selector("body[data-state=step]")
        seat.page.wait_for_timeout(300)
        assert "another tab" in seat.text("#state")
        seat.press("1")
        assert not desk.said()
        other.keyboard.press("3")
        (one,) = seat.stored(1)
        assert (one["trace_id"], one["step"]) == first
        seat.page.click("#state button")
        seat.page.wait_for_selector("body[data-state=step]")
        seat.page.wait_for_timeout(200)
        assert shown_place(seat) != first
        assert "another tab" in other.inner_text("#state")


def test_the_end_of_the_queue_is_told(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(0, 2)])
    try:
        with sitting(browser, desk) as seat:
            seat.press("1", "1", pause=500)
            assert "Nothing waits" in seat.text("#state")
            seat.page.click("#state button:has-text('take back')")
            seat.page.wait_for_timeout(500)
            assert shown_place(seat) == ("tank-0", 1)
            seat.press("1", "u", pause=500)
            assert shown_place(seat) == ("tank-0", 1)
    finally:
        desk.stop()


def test_more_steps_than_are_counted_are_no_exact_number(browser: Any, tmp_path: Path) -> None:
    desk = make_desk(tmp_path, [plain(number, 60) for number in range(17)])
    try:
        with sitting(browser, desk) as seat:
            for key in "12":
                assert seat.text("#left") == "1,000+ left in this sitting"
                seat.press(key)
            seat.stored(2)
            assert seat.text("#left") == "1,000+ left in this sitting"
    finally:
        desk.stop()
