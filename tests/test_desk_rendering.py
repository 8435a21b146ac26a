"""Texts of traces become HTML that can be read and can do nothing else."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.server.desk.shown import BOUND, shown
from triage.server.desk.text.allowed import CLEANER
from triage.server.desk.text.formulas import find_formulas
from triage.server.desk.text.mathml import to_mathml
from triage.server.desk.text.rendering import LONGEST, render, render_marked
from triage.server.http.forms import OfferedItem


class Read(HTMLParser):
    """What is in some HTML: its elements, attributes and what can be read of it."""

    def __init__(self, made: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(made)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        for name, value in attrs:
            self.text += f" {value} " if (tag, name) == ("li", "value") else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text))


MONEY = ["$5 and then $7", "between $5-$7", "$5/$10", "it costs $3.50, not $4", "US$5 or C$7",
         "\\$5 and \\$7", "$20 for apples and then 10$ more", "$5,$6"]  # fmt: skip


@pytest.mark.parametrize("text", MONEY)
def test_prices_stay_money(text: str) -> None:
    assert not list(find_formulas(text))
    assert Read(render(text)).text.strip() == text.replace("\\$", "$")


def test_a_price_beside_a_formula() -> None:
    (formula,) = find_formulas("pay $20 for $x+1$ pieces")
    assert formula.latex == "x+1"


@pytest.mark.parametrize(
    ("text", "latex", "display"),
    [
        (r"so $x^2$.", "x^2", False),
        (r"so \(x^2\).", "x^2", False),
        (r"so $$x^2$$.", "x^2", True),
        ("so \\[\nx^2\n\n\\].", "x^2", True),
        (r"$\text{if $x$ is odd}$", r"\text{if $x$ is odd}", False),
        (r"\begin{cases}1\\2\end{cases}", r"\begin{cases}1\\2\end{cases}", True),
    ],
)
def test_every_delimiter(text: str, latex: str, display: bool) -> None:
    (formula,) = find_formulas(text)
    assert (formula.latex, formula.display) == (latex, display)
    assert "<math" in render(text)


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\cancel{x}", 'notation="updiagonalstrike"'),
        (r"\boxed{5}", 'notation="box"'),
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "<mtr>"),
        (r"a\\b", "<mtr>"),
        (r"50% of x", "%"),
        (r"\text{a & b < 5\% {c}}", "a&nbsp;&amp;&nbsp;b&nbsp;&lt;&nbsp;5%&nbsp;c"),
        (r"a<b", "<mo>&lt;</mo>"),
        (r"\ce{SO4^2-}", "<msubsup>"),
        (r"\ce{2H2 + O2 -> 2H2O}", "→"),
        (r"\ce{Ca^{2+}}", "<msup>"),
        (
            r"\ce{CaCO3 ->[\Delta] CaO}",
            "<mover><mrow><mo>→</mo></mrow><mrow><mi>Δ</mi></mrow></mover>",
        ),
        (r"\ce{A <=>[cat.][heat] B}", "<munder><mrow><mo>⇌</mo>"),
    ],
)
def test_what_formulas_need(latex: str, said: str) -> None:
    assert said in render(f"${latex}$")


@pytest.mark.parametrize(
    "latex",
    [
        "x^",
        r"\foo{x}",
        r"\frac{1}",
        r"x^2^9",
        "{" * 3000,
        r"\def\a#1{}\a{wrong}",
        r"\newcommand{\x}{5} x = \x",
        r"\renewcommand\alpha{5} \alpha",
    ],
)
def test_what_fails_stays_as_written(latex: str) -> None:
    assert to_mathml(latex) is None
    text = f"so \\({latex} \\) it is"
    assert Read(render(text)).text.split() == text.split()


@pytest.mark.parametrize(
    "text",
    ["2*3*4 = 24", "a*b*c", "(2)*(3)*(4)", "2**3**2", "x*-y*-z", "> 5", "a\n---", "[a]: b\n\n[a]",
     "x\n> 5", "[l](u \"t\")", "<b>x</b>", "<!-- x -->", "a | b", "C:\\new\\path", "    indented"],
)  # fmt: skip
def test_signs_of_a_text_are_not_taken_for_marks(text: str) -> None:
    shown = Read(render(text)).text
    assert re.sub(r"[\s-]", "", shown) == re.sub(r"[\s-]", "", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("So it is **72**.", "So it is <strong>72</strong>."),
        ("If they fail, *incorrect*.", "If they fail, <em>incorrect</em>."),
        ("**Note:** 2*3*.5 = 3", "<strong>Note:</strong> 2*3*.5 = 3"),
    ],
)
def test_what_is_emphasised_may_end_a_sentence(text: str, shown: str) -> None:
    assert render(text) == f"<p>{shown}</p>\n"


def test_lists_keep_their_numbers_and_signs() -> None:
    made = render("3. a\n7. b\n\n- 3 = x")
    assert 'value="3"' in made
    assert 'value="7"' in made
    assert 'class="minus"' in made


def test_a_table_that_would_lose_a_cell_stays_as_written() -> None:
    assert "<table>" in render("|a|b|\n|-|-:|\n|1|2|")
    assert "3" in Read(render("|a|b|\n|-|-|\n|1|2|3|")).text


def test_images_and_links_load_nothing() -> None:
    made = Read(render("![a graph](https://example.org/x.png) <img src=x onerror=y> [l](http://e)"))
    assert not {"img", "a"} & set(made.elements)
    assert "Image not shown: a graph (https://example.org/x.png)" in made.text


def test_marks_that_turn_text_are_shown() -> None:
    assert render("a\u202eb\u2066c\x00d\ud800") == "<p>a\ufffdb\ufffdc\ufffdd\ufffd</p>\n"


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "text": r"$\text{<script>alert(1)</script>}$ \text{<img src=x onerror=alert(1)>}",
    "entities": r"$\text{&lt;script&gt;}$ &lt;script&gt;alert(1)&lt;/script&gt;",
    "href": r"$\href{javascript:alert(1)}{x}$ [x](javascript:alert(1))",
    "style": r"$\style{position:fixed}{x} \class{y}{x} \color{white}{hidden}$",
    "close": "</div></main><form action=//e><button>",
    "math": "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "unicode": r"$\unicode{x3c}script\unicode{x3e}$",
    "attribute": '```" onclick=alert(1)\nx\n```',
    "fence": "```<script>\nx\n```",
    "image": '![" onerror="x](x"onerror="y)',
    "comment": r"$\text{<!--}$ gone? $\text{-->}$",
    "private": "\ue0000\ue001 $x$ \ue0001\ue001",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_hostile_text_runs(name: str) -> None:
    read = Read(render(HOSTILE[name]))
    harmless(read)
    if name not in {"text", "entities", "href", "style", "unicode", "comment", "image", "private"}:
        assert letters(read.text) == letters(HOSTILE[name])


def harmless(read: Read) -> None:
    assert not {"script", "style", "img", "a", "form", "iframe", "svg", "button"} & set(
        read.elements
    )
    for _tag, name, value in read.attributes:
        assert not name.startswith("on")
        assert name not in {"href", "src", "style", "id", "mathcolor", "mathbackground"}
        assert "javascript" not in value


LONG = {
    "formula": "$" + "x+" * 50_000 + "$",
    "deep": "$" + "{" * 100_000,
    "openers": "\\[" * 50_000,
    "environments": "\\begin{a}" * 10_000,
    "bare": "\\frac{" * 3_000,
    "dollars": "$a " * 6_000,
    "lines": "a line of a step\n" * 5_000,
    "brackets": "[" * 19_000,
    "emphasis": "*a _b " * 3_000,
    "ticks": "".join("`" * n + " " for n in range(1, 190)),
    "cells": "|a" * 500 + "\n" + "|-" * 500 + "\n" + ("|b" * 500 + "\n") * 15,
    "lists": "\n".join("  " * n + "- a" for n in range(130)),
    "signs": "\u202e" * 19_000,
    "accents": "a" + "\u0301" * 19_000,
    "images": "![" * 9_000,
}


@pytest.mark.parametrize("name", LONG)
def test_long_texts_are_done_in_bounded_time(name: str) -> None:
    """The guard is far above what any of these takes; without bounds some would take hours."""
    text = LONG[name]
    read = Read(render(text))
    harmless(read)
    if len(text) > LONGEST:
        assert read.text.strip() == text.strip()
    assert len(render(text)) < 40 * len(text) + 1_000_000


PIECES = st.sampled_from(
    ["$", "$$", "\\(", "\\)", "\\[", "\\]", "\\frac{1}{2}", "\\text{", "{", "}", "`", "```", "*",
     "**", "_", "|", "\n", "\n\n", "- ", "1. ", "# ", "> ", "|-|-|\n", "x", "7", " ", "<b>", "&lt;",
     "<script>", "\\\\", "&", "%", "^",
     "\\ce{H2O}", "\\begin{aligned}", "\\end{aligned}", "![a](b)",
     "\u202e", "\ue000", "0", "\ue001", "é", "שלום", "=", "~~~", "\\cancel{", "---\n", "\t"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_becomes_harmless_html(text: str) -> None:
    made = render(text)
    harmless(Read(made))
    assert CLEANER.clean(made) == made


WORDS = st.text(st.sampled_from("abc 123*_-+=<>|#()[]{}:.!~'\"\n\t`"), max_size=80)


@given(WORDS)
def test_no_letter_or_digit_of_a_text_is_lost(text: str) -> None:
    assert letters(Read(render(text)).text) == letters(text)


@given(st.text(max_size=200))
def test_any_characters_are_taken(text: str) -> None:
    harmless(Read(render(text)))


@pytest.mark.data
def test_formulas_of_public_sets_are_shown_as_formulas(data: Path) -> None:
    seen = failed = 0
    for file in sorted(data.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for line, _ in zip(lines, range(40), strict=False):
                trace = json.loads(line)
                for text in [trace.get("problem", ""), *(trace.get("steps") or [])]:
                    for formula in find_formulas(text):
                        if not formula.bare:
                            seen += 1
                            failed += to_mathml(formula.latex, display=formula.display) is None
    assert seen > 1_000
    assert failed / seen < 0.002


@pytest.mark.parametrize(
    "text",
    [
        *("`" * 20_000, "``` `" * 4_000, "[" * 20_000, "$a " * 6_000, "**" * 9_000, "_a" * 9_000),
        *("$x^2$ " * 3_300, "$" + "x+" * 50_000 + "$", "$" + "{" * 1_900 + "}" * 1_900 + "$"),
        *("|a|b|\n|-|-|\n" + "|1|2|\n" * 3_300, "\n".join(map(str, range(5_000)))),
    ],
    ids=lambda text: text[:9],
)
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    # what grows with the square of the length would take minutes here, and hang the run
    assert letters(Read(render(text)).text)[:20] == letters(text)[:20] or "$" in text


def test_code_is_closed_by_a_run_of_the_same_length() -> None:
    assert Read(render("``a ` 2*3*4 ``b")).text.strip() == "a ` 2*3*4 b"
    assert Read(render("` 2*3*4")).text.strip() == "` 2*3*4"


def test_an_item_has_a_bound_beyond_which_its_texts_are_shown_as_written() -> None:
    many = 2 * BOUND // 1_000
    item = OfferedItem(
        token=str(many), domain="math", position=many + 1, of=many + 1, left=1,
        problem="**p** $x$",
        options=None, earlier=[f"**{at}** $x$ " + "a" * 1_000 for at in range(many)],
        step="**s** $x$", step_index=many,
    )  # fmt: skip
    made = shown(item)
    assert all("<math" in text for text in (made.step, made.problem, made.earlier[-1]))
    assert "<math" not in made.earlier[0]
    assert "**0** $x$" in made.earlier[0]
    assert sum("<math" in text for text in made.earlier) == BOUND // 1_014


def test_places_are_marked_in_what_is_read() -> None:
    text = "We get $3+2=6$, **so 6** it is.\n\n- first\n- second <b>"
    formula, words = text.index("2"), text.index("so")
    made = render_marked(text, [(formula, formula + 2), (words, words + 20), (words + 5, 999)])
    assert Read(made).text == Read(render(text)).text
    marked = re.findall("<mark>(.*?)</mark>", made)
    assert Read(marked[0]).text == "3+2=6"  # a formula is marked as a whole
    assert marked[1:] == ["so 6", " it is.", "first", "second &lt;b&gt;"]
    assert render_marked(text, [(5, 5), (9, 2)]) == render(text)
    long = "word " * LONGEST
    assert render_marked(long, [(0, 4)]).startswith('<p class="written"><mark>word</mark> ')


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(-5, 250), st.integers(-5, 250))))
def test_marks_change_no_word_of_a_text(text: str, spans: list[tuple[int, int]]) -> None:
    made = render_marked(text, spans)
    assert not set("\ue002\ue003") & set(made)
    words = re.compile(r"[^\W_]+")
    assert "".join(words.findall(Read(made).text)) == "".join(
        words.findall(Read(render(text)).text)
    )


def test_a_step_beyond_all_bounds_takes_nothing_from_its_neighbours() -> None:
    item = OfferedItem(
        token="t", domain="math", position=2,  # noqa: S106
        of=2, left=1, problem="Find $x^2$.", options=["$1$"],
        earlier=["It is $4$."], step="a line\n" * BOUND, step_index=1,
    )  # fmt: skip
    made = shown(item)
    for one in (made.problem, *made.options, *made.earlier):
        assert "<math" in one
