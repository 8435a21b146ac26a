"""Every state of the desk, light, dark and narrow: readable, in view and open to everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk_browser import (
    OPINION,
    REVEALING,
    VARIANTS,
    Desk,
    browser,
    look,
    make_desk,
    plain,
    sitting,
    trace,
    variant,
)

from triage.configuration.settings import Settings
from triage.queue.people import admit, sign_out
from triage.queue.verdicts.answering import answer
from triage.records import Label, Mode, Verdict
from triage.store.database import writing
from triage.store.people.accounts import Role

ZOOMED = (650, 450)
"""What 200 % zoom leaves of a window of 1300 x 900."""

LONG = "\n".join(f"Line {number}: the sum so far is {number * (number + 1) // 2}."
                 for number in range(1, 5_001))  # fmt: skip
STEPS = {
    "formulas": (
        "For $x \\neq -1$ the left side is $\\frac{(x-1)(x+1)}{x+1} = x-1$, where the factor "
        "$\\cancel{x+1}$ goes. Squaring gives\n\n"
        "$$\\begin{aligned}(x-1)^2 &= 2x+1\\\\ x^2-4x &= 0,\\end{aligned}$$\n\nso $\\boxed{x=4}$."
    ),
    "table": "| $x$ | left | right |\n|---|---:|---:|\n| 0 | $-1$ | 1 |\n| 4 | 3 | 3 |",
    "wide": "$" + " + ".join(f"\\frac{{{n}}}{{{n + 1}}}" for n in range(1, 60)) + "$ is long.",
    "code": "```python\nfor x in (0, 4):\n    print(x - 1 == (2 * x + 1) ** 0.5)  # "
            + "a remark that is too long for any line " * 4 + "\n```",
    "right-to-left": "מכאן נובע כי $x = 4$ הוא הפתרון היחיד, ולכן התשובה היא 4.",
    "image": "![the graph of both sides](graph.png) shows one crossing at $x = 4$.",
    "long": LONG,
}  # fmt: skip
SHAPES = trace(
    "shapes",
    "Solve for real $x$: $$\\frac{x^2-1}{x+1} = \\sqrt{2x+1}$$ A ticket costs $5 and then $7.",
    list(STEPS.values()),
    options=["$x = 0$", "$x = 4$", "both"],
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path, [SHAPES])
    yield made
    made.stop()


def answers_in_view(seat: Any) -> bool:
    return bool(
        seat.page.evaluate(
            """[...document.querySelectorAll("#answers button, #step h1")].every((one) => {
                const box = one.getBoundingClientRect();
                return box.top >= 0 && box.bottom <= innerHeight && box.width > 0
                    && box.left >= 0 && box.right <= innerWidth;
            })"""
        )
    )


def test_every_kind_of_step(browser: Any, desk: Desk, variant: str) -> None:
    with sitting(browser, desk, **VARIANTS[variant]) as seat:
        for number, name in enumerate(STEPS):
            assert seat.text("#step-name") == f"Step {number + 1}"
            assert answers_in_view(seat), name
            look(seat, f"step-{name}", variant)
            seat.press("1")


def test_a_low_window_and_a_very_long_problem(browser: Any, tmp_path: Path) -> None:
    rows = [
        trace("t", "Word after word. " * 2_000, ["Step after step. " * 500, "End.", "No more."])
    ]
    desk = make_desk(tmp_path, rows)
    try:
        for size in (ZOOMED, (320, 568)):
            with sitting(browser, desk, size=size) as seat:
                for _ in range(2):
                    assert answers_in_view(seat), size
                    look(seat, "zoomed", str(size[0]))
                    top = "document.getElementById('context').scrollTop"
                    before = seat.page.evaluate(top)
                    seat.press("ArrowDown" if before == 0 else "ArrowUp")
                    assert seat.page.evaluate(top) != before
                    seat.press("1")
                seat.press("u", "u")
    finally:
        desk.stop()


def test_a_long_step_scrolls_in_itself_and_a_wide_formula_too(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.press("1", "1")
        assert seat.page.evaluate(
            """(() => {
                const one = document.querySelector("#step-text .formula");
                return one.scrollWidth > one.clientWidth + 100;
            })()"""
        )
        for _ in range(4):
            seat.press("1")
        assert seat.page.inner_text("#step-text").count("\n") >= 4_999
        seat.press("Shift+ArrowDown")
        assert seat.page.evaluate("document.getElementById('step-text').scrollTop") > 0


def test_the_fold_of_a_problem_is_remembered_for_its_trace(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        assert seat.page.is_visible("#problem-text")
        seat.press("p")
        assert not seat.page.is_visible("#problem-text")
        seat.press("1")
        assert not seat.page.is_visible("#problem-text")


def test_a_right_to_left_step_runs_right_to_left(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.press("1", "1", "1", "1")
        direction = "getComputedStyle(document.getElementById('step-text')).direction"
        assert seat.page.evaluate(direction) == "rtl"


def test_a_tour_of_the_other_states(browser: Any, tmp_path: Path, variant: str) -> None:
    """From the first visit over practice, questions and a lost line to the way out."""
    desk = make_desk(tmp_path, [plain(0, 3)])
    try:
        with sitting(browser, desk, practised=False, **VARIANTS[variant]) as seat:
            assert seat.text("#domain") == "practice"
            look(seat, "first-visit", variant)
            seat.press("2")
            assert "We would press 1" in seat.text("#state")
            look(seat, "after-practice", variant)
            seat.press("Enter", pause=500)
            assert "step 1 of 3" in seat.text("#position")
            assert not desk.said()
            for key, name in (("s", "skip"), ("n", "note"), ("?", "help")):
                seat.press(key)
                look(seat, name, variant)
                seat.press("Escape")
                assert not seat.page.is_visible("dialog")
            seat.press("i", "1")
            assert seat.stored(1)[0]["inherits_error"]
            seat.context.set_offline(True)
            seat.press("1")
            assert "Offline" in seat.text("#storing")
            look(seat, "offline", variant)
            seat.press("1")
            assert "not here yet" in seat.text("#state")
            look(seat, "offline-waiting", variant)
            seat.context.set_offline(False)
            seat.stored(3)
            seat.page.wait_for_selector("h1:has-text('Nothing waits')")
            look(seat, "empty", variant)
            other = seat.open()
            other.goto(desk.address)
            seat.page.wait_for_selector("h1:has-text('another tab')")
            look(seat, "other-tab", variant)
            seat.press("Enter", pause=500)
            seat.press("?")
            seat.page.click("#sign-out")
            seat.page.wait_for_selector("#door-form")
            look(seat, "sign-in", variant)
            seat.page.fill("#name", "ann")
            seat.page.fill("#password", "not this one")
            seat.press("Enter")
            seat.page.wait_for_selector("#door-said:has-text('did not work')")
            seat.faults.clear()  # the refusal
    finally:
        desk.stop()


def test_after_the_answer_proposals_are_shown_where_that_is_wanted(
    browser: Any, tmp_path: Path, variant: str
) -> None:
    desk = make_desk(tmp_path, [plain(0, 3)], REVEALING)
    try:
        with sitting(browser, desk, **VARIANTS[variant]) as seat:
            assert OPINION not in seat.page.content()
            first = seat.step
            seat.press("1")
            seat.page.wait_for_selector("#reveal[open]")
            assert seat.page.locator("#reveal-proposals li").count() == 2
            assert OPINION in seat.text("#reveal-proposals")
            look(seat, "reveal", variant)
            seat.press("Enter")
            assert seat.step != first
            seat.press("2")
            seat.page.wait_for_selector("#reveal[open]")
            seat.press("3")
            seat.page.keyboard.type("The second judge is right.")
            look(seat, "reveal-change", variant)
            seat.press("Enter")
            log = seat.stored(3)
            assert [(one["label"], one["mode"]) for one in log] == [
                ("necessary", "blind"), ("redundant", "blind"), ("incorrect", "reveal-after"),
            ]  # fmt: skip
            assert log[2]["note"] == "The second judge is right."
    finally:
        desk.stop()


def test_what_goes_wrong_is_told_calmly(browser: Any, tmp_path: Path, variant: str) -> None:
    """An answer on its way, a server that fails, a step that went away, a session that ended."""
    desk = make_desk(tmp_path, [plain(0, 3), plain(1, 1)])
    try:
        with sitting(browser, desk, **VARIANTS[variant]) as seat:
            seat.page.route("**/queue/answers", lambda route: route.fulfill(status=503))
            seat.press("1", pause=100)
            assert "1 answer is kept here" in seat.text("#storing")
            look(seat, "server-fails", variant)
            seat.page.unroute("**/queue/answers")
            seat.stored(1)
            seat.page.wait_for_selector("body[data-connection=stored]")
            place = int(seat.text("#position").split()[1]) - 1
            number = "1" if "tank 1" in seat.step else "0"
            colleague = Verdict(
                trace_id=f"tank-{number}", step=place, label=Label.NECESSARY, expert="bob",
                mode=Mode.BLIND, at=datetime.now(UTC),
            )  # fmt: skip
            answer(desk.engine, Settings(), colleague)
            seat.press("2")
            seat.page.wait_for_selector("#said.notice")
            assert "was not counted" in seat.text("#said")
            look(seat, "lease-lost", variant)
            seat.press("2")
            seat.stored(2)
            held: list[Any] = []
            seat.page.route("**/queue/answers", lambda route: held.append(route))
            seat.press("3")
            seat.page.wait_for_selector("h1:has-text('One moment')")
            look(seat, "waiting", variant)
            held[0].continue_()
            seat.page.unroute("**/queue/answers")
            seat.stored(3)
            seat.page.wait_for_selector("h1:has-text('Nothing waits')")
            seat.press("u")
            with writing(desk.engine) as connection:
                sign_out(connection, "test", "ann")
            seat.press("4")
            seat.page.wait_for_selector("body[data-connection=signed-out]")
            assert "sign in again in another tab" in seat.text("#storing")
            look(seat, "signed-out", variant)
            again = seat.open()
            again.goto(desk.link("ann"))
            again.wait_for_url(f"{desk.address}/")
            assert seat.stored(5)[-1]["label"] == "incomplete"
            seat.faults.clear()  # the refusals
    finally:
        desk.stop()


def test_who_has_no_credential_is_told_so(browser: Any, tmp_path: Path, variant: str) -> None:
    desk = make_desk(tmp_path, [plain(0, 2)])
    try:
        with writing(desk.engine) as connection:
            admit(connection, "test", "bot", [], [Role.PLATFORM])
        with sitting(browser, desk, name="bot", **VARIANTS[variant]) as seat:
            seat.page.goto(desk.address)
            seat.ready()
            seat.page.wait_for_selector("h1:has-text('No steps for you here')")
            assert "needs the role expert" in seat.text("#state")
            look(seat, "no-expert", variant)
            seat.faults.clear()  # the refusal
    finally:
        desk.stop()


def test_print_shows_everything(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        for _ in range(6):
            seat.press("1")
        seat.page.emulate_media(media="print")
        height = seat.page.evaluate("document.getElementById('step').offsetHeight")
        assert height > 50_000


def test_a_printed_step_is_whole_and_without_the_tools(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        seat.page.emulate_media(media="print")
        look(seat, "print", "light")
        for hidden in ("#more", "#said", "#storing"):
            assert not seat.page.is_visible(hidden)
        for part in ("#context", "#step-text"):
            hidden_below = "(one) => one.scrollHeight - one.clientHeight"
            assert seat.page.eval_on_selector(part, hidden_below) <= 1, part
        assert len(seat.page.pdf()) > 10_000
