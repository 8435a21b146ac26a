"""Who may answer, from the front door."""

from pathlib import Path

import pytest
from conftest import Triage, write_lines
from queue_cases import call, here

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")


def test_experts_are_added_listed_and_revoked() -> None:
    call("experts", "add", "ann", "--credential", "math", "--credential", "logic")
    call("experts", "add", "bob", "--credential", "*")
    call("experts", "revoke", "bob")
    listed = call("experts", "list", "--json").json
    assert [(one["name"], one["credentials"]) for one in listed] == [
        ("ann", ["logic", "math"]),
        ("bob", ["*"]),
    ]
    assert [one["revoked_at"] is None for one in listed] == [True, False]
    assert "logic, math" in call("experts", "list").out


def test_adding_again_replaces_the_credentials_and_admits_anew() -> None:
    call("experts", "add", "ann", "--credential", "math")
    call("experts", "revoke", "ann")
    call("experts", "add", "ann", "--credential", "law")
    (one,) = call("experts", "list", "--json").json
    assert one["credentials"] == ["law"]
    assert one["revoked_at"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "ann"],
        ["add", " ", "--credential", "math"],
        ["add", "a\x1b[2Jb", "--credential", "math"],
        ["add", "ann", "--credential", ""],
        ["revoke", "nobody"],
    ],
)
def test_wrong_use_is_refused(arguments: list[str]) -> None:
    call("experts", "add", "eve", "--credential", "law")
    called = call("experts", *arguments)
    assert called.status == 2
    assert called.err
    assert [one["name"] for one in call("experts", "list", "--json").json] == ["eve"]


def test_a_change_of_credentials_says_what_ends_and_what_nobody_needs(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "domain": "math", "steps": ["2 + 2 = 4"]}])
    first = triage("experts", "add", "ada", "--credential", "maths")
    assert first.err == ""  # there are no traces yet, so nothing is amiss
    assert triage("run", "in.jsonl").status == 0
    again = triage("experts", "add", "ada", "--credential", "mth", "--credential", "*")
    assert again.out == "ada: *, mth\n"
    assert "ada may no longer judge maths" in again.err
    assert "no trace is of the domain 'mth' yet: there are math" in again.err
