"""Agreement from verdicts, admissions and panels: through the command and as plain functions."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Triage, write_lines

from triage.agreement import GivenVerdict, GoldLabel, admit, agreement_report, panel_of
from triage.agreement.measures import Resampling
from triage.records import DecidedBy, Label, Mode, Validity, Verdict

START = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Resampling(resamples=0)


def verdict(
    step: int, label: str, expert: str, mode: Mode = Mode.BLIND, **more: Any
) -> GivenVerdict:
    at = START + timedelta(minutes=step)
    said = Verdict(trace_id="t", step=step, label=Label(label), expert=expert, mode=mode, at=at,
                   **more)  # fmt: skip
    return GivenVerdict(said, "medical")


def test_the_last_blind_verdict_counts_and_other_modes_stand_apart() -> None:
    given = [verdict(s, "necessary", "ann") for s in range(10)]
    given += [verdict(s, "incorrect", "bob") for s in range(10)]
    given += [verdict(s, "necessary", "bob") for s in range(5)]
    given += [verdict(s, "necessary", "bob", Mode.REVEAL_AFTER) for s in range(5, 10)]
    given += [verdict(9, "incorrect", "ann", Mode.ASSISTED)]
    given += [verdict(8, "incorrect", "eve", by=DecidedBy.ADJUDICATOR)]
    report = agreement_report(given, NONE)
    assert report.blind.overall.measures["percent"].value == 0.5
    assert report.blind.overall.shared == 10
    assert report.reveal_after.verdicts == 5
    assert report.reveal_after.overall.measures["percent"].value is None
    assert (report.assisted, report.adjudications) == (1, 1)
    assert set(report.blind.experts) == {"ann", "bob"}


def test_a_label_is_measured_against_the_rest() -> None:
    # they always agree on incorrect, and never on the other two
    ann = ["incorrect"] * 5 + ["necessary", "redundant"] * 5
    bob = ["incorrect"] * 5 + ["redundant", "necessary"] * 5
    given = [verdict(s, label, "ann") for s, label in enumerate(ann)]
    given += [verdict(s, label, "bob") for s, label in enumerate(bob)]
    labels = agreement_report(given, NONE).blind.labels
    assert labels["incorrect"].measures["cohen"].value == 1
    necessary = labels["necessary"].measures["cohen"].value
    assert necessary is not None
    assert necessary < 0
    assert labels["incomplete"].measures["cohen"].value is None


def test_an_expert_is_held_against_the_others() -> None:
    random = np.random.default_rng(0)
    labels = [label.value for label in Label]
    truth = [labels[k] for k in random.integers(0, 4, size=80)]
    given = [verdict(s, t, name) for s, t in enumerate(truth) for name in ("ann", "bob")]
    given += [verdict(s, labels[random.integers(4)], "guess") for s in range(80)]
    report = agreement_report(given, NONE).blind
    kappa = {name: one.measures["cohen"].value or 0 for name, one in report.experts.items()}
    assert kappa["guess"] < 0.2 < 0.4 < kappa["ann"]
    assert [pair.experts for pair in report.pairs] == [
        ("ann", "bob"), ("ann", "guess"), ("bob", "guess"),
    ]  # fmt: skip


def test_admission_wants_enough_gold_and_enough_of_it_right() -> None:
    gold = [GoldLabel("t", s, Label.INCORRECT) for s in range(20)]
    gold += [GoldLabel("t", s, Validity.VALID) for s in range(20, 30)]
    good = ["incorrect"] * 18 + ["incomplete"] * 2 + ["redundant"] * 10
    given = [verdict(s, label, "good") for s, label in enumerate(good)]
    given += [verdict(s, "necessary", "bad") for s in range(30)]
    given += [verdict(s, "incorrect", "new") for s in range(3)]
    given += [verdict(s, "incorrect", "shown", Mode.REVEAL_AFTER) for s in range(30)]
    found = {one.expert: one for one in admit(given, gold, above=0.9, least=10, how=NONE)}
    assert (found["good"].agree, found["good"].admitted) == (28, True)
    assert (found["bad"].agree, found["bad"].admitted) == (10, False)
    assert (found["new"].agreement, found["new"].admitted) == (1.0, None)
    assert "shown" not in found


def test_an_adjudication_is_gold_for_others_only() -> None:
    given = [verdict(s, "necessary", name) for s in range(5) for name in ("ann", "eve")]
    given += [verdict(s, "incorrect", "eve", by=DecidedBy.ADJUDICATOR) for s in range(5)]
    ann, eve = admit(given, [], above=0.5, least=1, how=NONE)
    assert (ann.steps, ann.admitted) == (5, False)
    assert (eve.steps, eve.agreement, eve.admitted) == (0, None, None)


def judges(correlated: float, count: int = 4, steps: int = 4000) -> dict[str, dict[int, str]]:
    """Judges whose errors are made together with a probability; the truth is always `right`."""
    random = np.random.default_rng(2)
    common = random.random(steps) < 0.2
    answers: dict[str, dict[int, str]] = {}
    for j in range(count):
        own = random.random(steps) < 0.2
        wrong = np.where(random.random(steps) < correlated, common, own)
        answers[f"j{j}"] = {s: f"wrong{s % 2}" if wrong[s] else "right" for s in range(steps)}
    return answers


@pytest.mark.parametrize(("correlated", "rho"), [(0.0, 0.0), (0.9, 0.81), (1.0, 1.0)])
def test_a_panels_correlation_and_worth(correlated: float, rho: float) -> None:
    answers = judges(correlated)
    panel = panel_of(answers, dict.fromkeys(range(4000), "right"))
    assert panel.mean_correlation == pytest.approx(rho, abs=0.03)
    assert panel.effective == pytest.approx(4 / (1 + 3 * rho), rel=0.1)
    assert panel.same_wrong == 1
    idle = [one for one in panel.judges if one.advice]
    assert len(idle) == {0.0: 0, 0.9: 4, 1.0: 4}[correlated]


def erring(steps: int, **wrong: dict[int, str]) -> dict[str, dict[int, str]]:
    """Judges that are right but for some steps."""
    return {name: dict.fromkeys(range(steps), "right") | said for name, said in wrong.items()}


def test_errors_that_repel_make_no_panel_worth_more_than_its_size() -> None:
    answers = erring(40, a=dict.fromkeys(range(10), "no"), b=dict.fromkeys(range(10, 20), "no"))
    panel = panel_of(answers, dict.fromkeys(range(40), "right"))
    assert panel.mean_correlation == pytest.approx(-1 / 3)
    assert panel.effective == 2.0
    few = panel_of(answers, dict.fromkeys(range(5, 24), "right"))
    assert few.mean_correlation is None, "nineteen steps tell nothing"


def test_judges_that_err_together_need_not_say_the_same() -> None:
    answers = erring(4, a={0: "x", 1: "x", 2: "x"}, b={0: "x", 1: "y"}, c={1: "y"})
    panel = panel_of(answers, dict.fromkeys(range(4), "right"))
    # on step 0 a and b agree; on step 1 b and c do, and a with neither
    assert panel.both_wrong == 4
    assert panel.same_wrong == 2 / 4


def test_a_panel_without_labels_or_errors_says_nothing() -> None:
    truths: list[dict[int, str]] = [{}, dict.fromkeys(range(4000), "right")]
    for truth in truths:
        answers = {j: dict.fromkeys(range(4000), "right") for j in ("a", "b")}
        panel = panel_of(answers, truth)
        assert (panel.mean_correlation, panel.effective, panel.same_wrong) == (None, None, None)
        assert panel.correlation == ((None, None), (None, None))
        assert not any(one.advice for one in panel.judges)
    assert panel_of({}, {}).effective is None


def test_the_command_reads_the_stores_verdicts(triage: Triage) -> None:
    steps = [f"Step {n}." for n in range(8)]
    rows = [
        {"id": f"t{t}", "domain": "legal", "problem": f"Case {t}", "steps": steps,
         "human": {"step_labels": ["necessary"] * 4 + ["incorrect"] * 4}}
        for t in range(4)
    ]  # fmt: skip
    assert triage("run", write_lines(Path("in.jsonl"), rows)).status == 0
    for name in ("ann", "bob"):
        assert triage("experts", "add", name, "--credential", "legal").status == 0
    said = [
        {"trace_id": f"t{t}", "step": s, "expert": name, "mode": "blind",
         "label": "incorrect" if s >= 4 or (name == "bob" and s < t) else "necessary",
         "at": f"2026-01-01T00:{s:02}:00Z"}
        for t in range(4) for s in range(8) for name in ("ann", "bob")
    ]  # fmt: skip
    taken = triage("queue", "import", write_lines(Path("said.jsonl"), said))
    assert taken.status == 0, taken.err
    ran = triage("agreement", "--json", "--resamples", "100")
    assert ran.status == 0, ran.err
    found = ran.json
    assert found["blind"]["overall"]["measures"]["percent"]["value"] == pytest.approx(26 / 32)
    assert found["blind"]["domains"].keys() == {"legal"}
    assert found["blind"]["pairs"][0]["cohen"]["low"] is not None
    assert {one["expert"]: one["agree"] for one in found["admissions"]} == {"ann": 32, "bob": 26}
    shown = triage("agreement", "--resamples", "100", "--admit-above", "0.9")
    assert shown.status == 0, shown.err
    assert "incorrect" in shown.out
    assert "admitted" in shown.out


def test_a_store_without_verdicts_has_no_agreement(triage: Triage) -> None:
    assert triage("experts", "add", "ann", "--credential", "math").status == 0
    ran = triage("agreement", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["blind"]["overall"]["measures"]["krippendorff"]["value"] is None
    assert "no blind verdicts" in triage("agreement").out
