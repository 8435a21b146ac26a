"""Hostile text: unknown, at once, and nothing executed."""

import builtins
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from triage_math import answer, triage_propose

from triage.plugininfo import PluginContext
from triage.records import Abstention, Label, Proposal, Step, Trace

SECONDS = 5.0
"""A guard against hangs on a busy machine; what is promised is 0.25 s on an idle one."""

HOSTILE = {
    "tower of powers": "9^9^9^9 = 1 and 10^(10^10) = 5",
    "braced tower": r"$2^{10^{9}} = 4$",
    "huge factorial": "100000000! = 5 and ((9!)!)! = 1",
    "huge binomial": r"\binom{1000000000}{500000000} = 7 and C(1000000000, 500000000) = 7",
    "60 brackets": "(" * 60 + "1" + ")" * 60 + " = 2",
    "5000 brackets": "(" * 5000 + "1" + ")" * 5000 + " = 2",
    "60 fractions": r"\frac{1}{" * 60 + "2" + "}" * 60 + " = 3",
    "2000 roots": r"\sqrt{" * 2000 + "2" + "}" * 2000 + " = 3",
    "20000 terms": "+".join(["1"] * 20_000) + " = 5",
    "4000 terms": "+".join(["1"] * 4_000) + " = 5",
    "long number": "9" * 100_000 + " * 3 = 4",
    "shorter long number": "9" * 10_000 + " * 3 = 4",
    "blanks": "3 +" + " " * 200_000 + "4 = 8",
    "fewer blanks": "3 +" + " " * 19_000 + "4 = 8x",
    "unbalanced LaTeX": r"\frac{1}{2 = \left( 3 \right. \begin{align} x &= 3 \\ \[ \( $",
    "right-to-left marks": "3 \u202e+ 4 = 8 \u202d",
    "5000 links": "1 = " * 5_000 + "1",
    "calls in calls": "f(" * 5_000 + "x" + ")" * 5_000 + " = 3",
    "carets": "2" + "^2" * 9_000 + " = 4",
    "slashes": "1/" * 9_000 + "2 = 3",
    "letters": "$" + "x" * 9_000 + " = 3$",
    "equations": "\n".join(f"x^8 + {i}x^7 + {i * i}x^3 = {i}" for i in range(600)),
    "primes": "999999999989 is prime. " * 800,
    "zero modulus": r"5 mod 0 = 3. $7 \equiv 3 \pmod{0}$. 5 divided by 0 is 0 remainder 5.",
    "zero division": "1/0 = 5 and 0^(-1) = 3 and tan(90°) = 4 and log(0) = 1",
    "self-reference": "f(x) = f(x) + f(x)\nf(x + 1) = 3x\nf(f(f(f(3)))) = 123",
    "marks": "<<" * 9_000 + "<<1=1>>" * 100,
    "NUL": "\x00" * 1_000 + "3 + 4 = 8x",
    "lone surrogate": "\ud800 3 = x",
    "huge floats": "sqrt(2) * 10^300 * 10^300 = 5 and 170! * 170! * 1.5 = 2",
}
CODE = [
    "__import__('os').system('touch LEFT') = 1",
    "eval('1+1') = 2; exec('x=1') = 3",
    "().__class__.__bases__[0].__subclasses__() = 4",
    "open('LEFT', 'w').write('1') = 5",
    "lambda: 1 = 2",
]


def propose(text: str) -> Proposal | Abstention:
    """The plugin's outcome for a step that stands alone."""
    trace = Trace(id="t", domain="math", problem=text, group="g", steps=(Step(index=0, text=text),))
    outcome = triage_propose(trace, 0, PluginContext())
    assert isinstance(outcome, Proposal | Abstention)
    return outcome


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_left_undecided_without_delay(name: str) -> None:
    began = time.monotonic()
    outcome = propose(HOSTILE[name])
    assert time.monotonic() - began < SECONDS
    assert not isinstance(outcome, Proposal) or outcome.label is None


@pytest.mark.parametrize("text", CODE)
def test_nothing_is_executed(text: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    text = text.replace("LEFT", str(left))
    ran: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("eval", "exec"):
            patch.setattr(builtins, name, lambda *a, **_: ran.append(str(a)))
        patch.setattr(os, "system", lambda *a: ran.append(str(a)))
        outcome = propose(text)
    assert ran == []
    assert not left.exists()
    assert not isinstance(outcome, Proposal) or outcome.label is not Label.REDUNDANT


def test_no_signal_handler_and_no_thread_is_left_behind() -> None:
    before, threads = signal.getsignal(signal.SIGALRM), threading.active_count()
    for text in ("2 + 2 = 5", "9^9^9 = 1"):
        propose(text)
    answer.compare(r"\{1, 2\}", r"\{2, 1\}")
    assert signal.getsignal(signal.SIGALRM) is before
    assert threading.active_count() == threads


def test_it_works_in_any_thread() -> None:
    found: list[Proposal | Abstention] = []
    thread = threading.Thread(target=lambda: found.append(propose("2 + 2 = 5")))
    thread.start()
    thread.join(SECONDS)
    (outcome,) = found
    assert isinstance(outcome, Proposal)
    assert outcome.label is Label.INCORRECT
