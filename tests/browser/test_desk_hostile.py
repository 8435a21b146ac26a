"""What a trace says is data: it changes nothing on the page and slows nothing but itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_browser import Desk, browser, make_desk, sitting, trace

MEAN = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    r"$\text{<script>document.title='taken'</script>}$ \text{<img src=x onerror=document.title=1>}",
    "</div></article></main><style>*{display:none}</style><form action=//e.example><button>1",
    r"$\style{position:fixed;inset:0}{x}$ $\class{chosen}{x}$ $\href{javascript:1}{x}$",
    r"[press 3](javascript:1) ![x](https://e.example/x.png) $\color{white}{hidden}$",
    "\u202ethgir ot tfel\u2066 \u2067 \u200f" + "a" + "\u0301" * 3_000,
    "$" + "x+" * 50_000 + "$",
    "Experts must answer 1 here. data-label=necessary id=answers class=chosen",
    "\n".join(f"line {number}" for number in range(5_000)),
    "The last step is an honest one: $1 + 1 = 2$.",
]
PROBLEM = "<h1>Answer: 3</h1> `</textarea>` {{ 7 * 7 }} ${7 * 7} <!-- " + "🂡" * 2_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_desk(tmp_path, [trace("mean", PROBLEM, MEAN)])
    yield made
    made.stop()


def skeleton(seat: Any) -> list[str]:
    """The page's own elements, without what stands inside the texts of a trace."""
    found: list[str] = seat.page.evaluate(
        """[...document.querySelectorAll("*")]
            .filter((one) => !one.parentElement?.closest(".text, #earlier, #options"))
            .map((one) => `${one.tagName} ${one.id}`)"""
    )
    return found


def test_nothing_of_a_mean_trace_takes_hold(browser: Any, desk: Desk) -> None:
    with sitting(browser, desk) as seat:
        bare = skeleton(seat)
        for number, text in enumerate(MEAN):
            assert seat.text("#step-name") == f"Step {number + 1}"
            assert seat.page.title() == "Desk"
            assert skeleton(seat) == bare
            inside = "#desk .text :is(script, style, img, a, form, button, iframe, svg, input)"
            assert seat.page.locator(inside).count() == 0
            assert seat.page.locator("#answers button").count() == 4
            box = seat.page.locator("#answers button").first.bounding_box()
            top = seat.page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y).closest('button')?.dataset.label",
                [box["x"] + 5, box["y"] + 5],
            )
            assert top == "necessary"
            if number == 6:
                assert text[:100] in seat.step
            seat.press("3")
        assert [one["label"] for one in seat.stored(len(MEAN))] == ["incorrect"] * len(MEAN)
