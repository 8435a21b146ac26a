"""Citations and periods in legal steps: what is refuted, and what is left to people."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triage_citations import triage_propose
from triage_citations.volumes import years_of

from triage.records import ClaimVerdict, Proposal, Step, Trace

pytest.importorskip("eyecite", reason="the extra `legal` is not installed")


def ask(*steps: str, problem: str = "Who wins?") -> Proposal | None:
    made = tuple(Step(index=index, text=text) for index, text in enumerate(steps))
    trace = Trace(id="t", domain="legal", problem=problem, steps=made, group="t")
    found = triage_propose(trace, len(steps) - 1)
    return found if isinstance(found, Proposal) else None


def verdict(*steps: str, problem: str = "Who wins?") -> str | None:
    found = ask(*steps, problem=problem)
    if found is None:
        return None
    return "refuted" if found.label else "evidence"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Marbury v. Madison, 5 U.S. 137 (1803), settles it.", "evidence"),
        ("Palsgraf v. Long Island R.R., 248 N.Y. 339 (1928), governs.", "evidence"),
        ("Doe v. Roe, 410 U.S. 113 (1973), held so.", "evidence"),
        ("Doe v. Roe, 410 U.S. 113 (1873), held so.", "refuted"),
        ("Smith v. Jones, 99 F.4th 123 (9th Cir. 1950), held so.", "refuted"),
        ("Smith v. Jones, 12 F.3d 9 (2d Cir. 1974), held so.", "refuted"),
        ("Smith v. Jones, 500 N.E.2d 1 (1890), held so.", "refuted"),
        ("Brown v. Board, 347 U.S. 483, 400 (1954), held so.", "refuted"),
        ("Smith v. Jones, 900 U.S. 12 (1990), held so.", None),
        ("Miranda v. Arizona, 86 S. Ct. 1602 (1966), held so.", "evidence"),
        ("Dobbs v. Jackson, 142 S. Ct. 2228 (1922), held so.", "refuted"),
        ("Smith v. Jones, 12 Foo. 33 (1750), held so.", None),
        ("Hadley v Baxendale (1854) 9 Ex 341 held so.", None),
        ("By 42 U.S.C. § 1983 he may sue.", None),
        ("In Gideon v. Wainwright the court held so.", None),
    ],
)
def test_reporters_and_years(text: str, said: str | None) -> None:
    assert verdict(text) == said


def test_short_forms_resolve_in_earlier_steps_and_in_the_problem() -> None:
    full = "Brown v. Board, 347 U.S. 483 (1954), governs."
    assert verdict(full, "See Brown, 347 U.S. at 495.") == "evidence"
    assert verdict(full, "See Brown, 347 U.S. at 400.") == "refuted"
    assert verdict("See Brown, 347 U.S. at 400.", problem=full) == "refuted"
    lost = ask("See Brown, 347 U.S. at 495.")
    assert lost is not None
    assert lost.label is None
    assert [one.verdict for one in lost.evidence.claims] == [ClaimVerdict.SOFT]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("30 days after March 3 is April 2.", "30 days after March 3 is April 12."),
        ("30 days from January 30, 2024 is February 29, 2024.",
         "30 days from January 30, 2024 is March 10, 2024."),
        ("April 2 is 30 days after March 3.", "April 12 is 30 days after March 3."),
        ("Ninety days after 1 June 2023 falls on 30 August 2023.",
         "Ninety days after 1 June 2023 falls on 30 September 2023."),
        ("6 months after August 31, 2023 is February 29, 2024.",
         "6 months after August 31, 2023 is March 31, 2024."),
        ("A two-year statute of limitations that began on May 1, 2019 expired on May 1, 2021.",
         "A two-year statute of limitations that began on May 1, 2019 expired on May 1, 2020."),
        ("Two weeks before July 4 is June 20.", "Two weeks before July 4 is June 27."),
        ("From January 10, 2020 to February 10, 2020 is 31 days.",
         "From January 10, 2020 to February 10, 2020 is 45 days."),
        ("There are 45 days between March 1, 2021 and April 15, 2021.",
         "There are 60 days between March 1, 2021 and April 15, 2021."),
        ("He sued on March 5, 2020, more than three years after March 3, 2017.",
         "He sued on March 5, 2019, more than three years after March 3, 2017."),
        ("He sued on March 5, 2019, less than three years after March 3, 2017.",
         "He sued on March 5, 2020, less than three years after March 3, 2017."),
    ],
)  # fmt: skip
def test_periods(right: str, wrong: str) -> None:
    assert verdict(right) == "evidence"
    assert verdict(wrong) == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        "10 business days after March 3 is March 10.",
        "If 30 days after March 3 is April 12, fine.",
        "About 30 days after March 3 is April 12.", "30 days after February 30 is April 1.",
        "30 days after the notice is April 12.", "The 30-day period began on March 3.",
        "From March 1 to April 15 is 60 days.",
        "There are not 60 days from March 1, 2021 to May 2, 2021.",
        "30 days after March 3 is not April 12.", "99999 days after March 3 is April 12.",
    ],
)  # fmt: skip
def test_what_is_no_reckoned_date_is_left_alone(text: str) -> None:
    assert verdict(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "30 days after June 1, 2024 is July 1, 2024.",  # a Monday
        "30 days after June 7, 2024 is July 8, 2024.",  # the 7th is a Sunday
        "30 days after March 3 is April 1.",  # the first day is counted
        "From March 1, 2021 to April 15, 2021 is 46 days.",  # both ends are counted
        "He sued on March 3, 2020, more than three years after March 3, 2017.",
    ],
)
def test_other_ways_to_count_are_no_error(text: str) -> None:
    assert verdict(text) == "evidence"


@given(st.dates(date(1200, 1, 1), date(2800, 1, 1)), st.integers(min_value=1, max_value=900))
def test_every_day_that_the_calendar_gives_is_right(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    told = (
        f"{days} days after {start:%B} {start.day}, {start.year} is {end:%B} {end.day}, {end.year}."
    )
    assert verdict(told) == "evidence"


@given(st.integers(min_value=1, max_value=620))
def test_volumes_follow_the_years(volume: int) -> None:
    found = years_of(volume)
    assert found is not None
    assert found[0] <= found[1]
    later = years_of(volume + 1)
    assert later is None or later[0] >= found[0]


@given(st.text(alphabet="0123456789 U.S.F3dv()at,§MarchJune after is days", max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    found = ask(text)
    for claim in found.evidence.claims if found else ():
        assert claim.span is not None
        assert text[slice(*claim.span)] == claim.text


@pytest.mark.data
def test_valid_steps_of_public_answers_raise_no_alarm(data: object) -> None:
    from benchmarks.plugins.domains import count

    counts = count("citations", "mmlupro_law") + count("citations", "lexam_open_en")
    assert counts["valid"] > 1_000
    assert counts["alarms"] == 0
