"""The rising cut: exact regions, its cut, its certificate, its planner and its promise."""

import json

import numpy as np
import pytest
from guarantee_orders import ORDERS, REDRAWS, allowed, order
from scipy.stats import hypergeom

from triage.errors import UsageError
from triage.guarantee import (
    CertificateError,
    CutPlan,
    Promise,
    RisingPlan,
    certify,
    choose_labels,
    choose_plan,
    draw,
    forecast,
    plan_rising,
    verify,
)
from triage.guarantee.choosing.simulate import simulate_cut, simulated_truths
from triage.guarantee.procedures.regions import (
    Regions,
    Zone,
    acceptance_regions,
    hypergeometric_table,
)


def small(target: str = "selective", labels: int = 260) -> RisingPlan:
    return plan_rising(
        Promise(1_500, 0.05, 0.05, target),  # type: ignore[arg-type]
        safe_zone=700, safe_labels=110, zone=1_300, labels=labels, safe_errors=14.0,
    )  # fmt: skip


def test_tables_are_the_hypergeometric() -> None:
    table = hypergeometric_table(60, 25, 40, 26)
    for marked in (0, 1, 7, 40):
        expected = hypergeom.pmf(np.arange(27), 60, marked, 25)
        assert table[marked] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("delta", [0.01, 0.05, 0.2])
def test_no_split_of_the_errors_enters_a_region_more_often_than_delta(delta: float) -> None:
    safe, risky = Zone(220, 40), Zone(150, 60)
    regions = acceptance_regions(safe, risky, delta, 70)
    tight = 0.0
    hits = np.arange(regions.most.shape[1])
    for total, most in zip(regions.totals, regions.most, strict=True):
        assert (np.diff(most) <= 0).all()  # a lower set: fewer errors found never count against
        bad = np.arange(max(0, total - 150), min(total, 220) + 1)[:, None]
        chances = hypergeom.pmf(hits, 220, bad, 40) * hypergeom.cdf(most, 150, total - bad, 60)
        tight = max(tight, chances.sum(axis=1).max())
        assert chances.sum(axis=1).max() <= delta + 1e-9
    assert tight > 0.9 * delta  # and none is needlessly small


def test_a_total_whose_region_just_holds_the_outcome_is_ruled_out() -> None:
    regions = Regions(np.array([5, 10, 20]), np.array([[2], [4], [9]]))
    found = {risky: regions.bound(0, risky) for risky in (0, 2, 3, 4, 5, 9, 10)}
    assert found == {0: 4, 2: 4, 3: 9, 4: 9, 5: 19, 9: 19, 10: None}
    assert regions.bound(1, 0) is None, "beyond the table nothing is known"


def test_bound_counts_down_to_a_clean_sample() -> None:
    regions = acceptance_regions(Zone(220, 40), Zone(150, 60), 0.05, 70)
    clean = regions.bound(0, 0)
    assert clean is not None
    assert clean < 25
    found = [regions.bound(x1, 3) for x1 in range(5)]
    assert all(a is not None and b is not None and a < b for a, b in zip(found, found[1:]))  # noqa: B905, RUF007
    assert regions.bound(40, 60) is None


def test_draw_takes_each_zone_its_labels_and_mixes_them() -> None:
    plan = small()
    ranks = draw(plan, 5)
    assert len(set(ranks)) == plan.labels
    assert sum(rank < plan.safe_zone for rank in ranks) == plan.safe_labels
    assert max(ranks) < plan.zone
    safe_first = [rank < plan.safe_zone for rank in ranks]
    assert 20 < sum(safe_first[:110]) < 80  # the order shows experts nothing of the zones


def test_certificate_states_counts_that_hold() -> None:
    plan = small()
    wrong = order("ramp", 1_500, 90, np.random.default_rng(2))
    ranks = draw(plan, 9)
    certificate = certify(plan, 9, {rank: wrong[rank] for rank in ranks})
    assert certificate.certified
    assert plan.safe_zone <= certificate.accepted <= plan.zone
    inside = [rank for rank in ranks if rank < certificate.accepted]
    assert certificate.machine_only == certificate.accepted - len(inside)
    assert certificate.wrong_at_most <= plan.alpha * certificate.machine_only
    assert verify(certificate.model_dump_json()) == certificate


def test_clean_ruined_and_hopeless_samples_are_defined() -> None:
    plan = small()
    clean = certify(plan, 1, dict.fromkeys(draw(plan, 1), False))
    assert (clean.accepted, clean.certified) == (plan.zone, True)
    assert clean.wrong_at_most < 0.05 * clean.machine_only
    ruined = certify(plan, 1, dict.fromkeys(draw(plan, 1), True))
    assert (ruined.accepted, ruined.machine_only, ruined.certified) == (0, 0, False)
    hopeless = plan_rising(
        Promise(1_500, 0.01, 0.05),
        safe_zone=300, safe_labels=5, zone=400, labels=12, safe_errors=1.0,
    )  # fmt: skip
    assert not hopeless.can_certify
    nothing = certify(hopeless, 1, dict.fromkeys(draw(hopeless, 1), False))
    assert not nothing.certified


def test_every_declared_attempt_has_its_part_of_delta_alone() -> None:
    def accepted(delta: float, attempts: int) -> list[int]:
        plan = plan_rising(
            Promise(1_500, 0.05, delta, attempts=attempts),
            safe_zone=700, safe_labels=110, zone=1_300, labels=260, safe_errors=14.0,
        )  # fmt: skip
        ranks = sorted(draw(plan, 4))
        return [
            certify(plan, 4, {rank: rank in ranks[120 :: 140 // found] for rank in ranks}).accepted
            for found in range(8, 24, 2)
        ]

    shared = accepted(0.1, 2)
    assert shared == accepted(0.05, 1)
    whole = accepted(0.1, 1)
    assert sum(shared) < sum(whole)
    assert all(part <= most for part, most in zip(shared, whole, strict=True))


def test_more_errors_never_accept_more() -> None:
    plan = small()
    ranks = sorted(draw(plan, 4))
    last = plan.zone + 1
    for wrong in range(0, 60, 4):
        found = set(ranks[:: len(ranks) // wrong] if wrong else [])
        accepted = certify(plan, 4, {rank: rank in found for rank in ranks}).accepted
        assert accepted <= last + 25
        last = accepted


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("target", ["selective", "total"])
def test_rising_cut_breaks_its_promise_no_more_than_delta(kind: str, target: str) -> None:
    plan = small(target)
    rng = np.random.default_rng(17)
    wrong = order(kind, 1_500, {"selective": 100, "total": 125}[target], rng)
    broken = 0
    for _ in range(REDRAWS):
        seen = simulate_cut(plan, wrong, rng)
        broken += seen.left > seen.outcome.wrong_at_most
    assert broken / REDRAWS <= allowed(plan.delta)


def test_front_door_and_simulation_agree() -> None:
    plan = small()
    wrong = order("ramp", 1_500, 90, np.random.default_rng(2))
    rng = np.random.default_rng(3)
    shortcut = [simulate_cut(plan, wrong, rng).outcome.accepted for _ in range(400)]
    through = []
    for seed in range(400):
        labels = {rank: wrong[rank] for rank in draw(plan, seed)}
        through.append(certify(plan, seed, labels).accepted)
    spread = np.std(shortcut) * np.sqrt(2 / 400)
    assert abs(np.mean(shortcut) - np.mean(through)) < 4 * spread


@pytest.mark.parametrize(
    "wrong",
    [
        {"safe_zone": 1_300}, {"zone": 1_501}, {"safe_labels": 0}, {"safe_labels": 260},
        {"safe_labels": 701}, {"labels": 1_000}, {"safe_errors": -1.0}, {"alpha": float("nan")},
        {"safe_errors": float("nan")}, {"safe_errors": 900.0}, {"attempt": 2}, {"target": "none"},
    ],
)  # fmt: skip
def test_rising_plan_refuses_what_cannot_be(wrong: dict[str, object]) -> None:
    given: dict[str, object] = {
        "safe_zone": 700, "safe_labels": 110, "zone": 1_300, "labels": 260, "safe_errors": 14.0
    }  # fmt: skip
    promise = {name: wrong.pop(name) for name in Promise._fields if name in wrong}
    with pytest.raises(UsageError):
        plan_rising(
            Promise(1_500, 0.05, 0.05)._replace(**promise),  # type: ignore[arg-type]
            **(given | wrong),  # type: ignore[arg-type]
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accepted", 1_299), ("wrong_at_most", 1), ("machine_only", 999), ("seed", 2),
        ("errors", []), ("plan.safe_errors", 13.0), ("plan.safe_labels", 111),
        ("plan.procedure", "budget-cut"), ("plan.procedure", "other"), ("digest", ""),
    ],
)  # fmt: skip
def test_verify_refuses_an_edited_rising_certificate(field: str, value: object) -> None:
    plan = small()
    ranks = draw(plan, 1)
    text = certify(plan, 1, {rank: rank == ranks[0] for rank in ranks}).model_dump_json()
    verify(text)
    record = json.loads(text)
    where = record
    *path, last = field.split(".")
    for part in path:
        where = where[part]
    assert where[last] != value
    where[last] = value
    with pytest.raises(CertificateError):
        verify(json.dumps(record))


def test_planner_foresees_what_happens() -> None:
    risks = np.linspace(0.0, 0.75, 4_000) ** 3
    chosen = choose_plan(risks, alpha=0.05, delta=0.05, labels=500, trials=60)
    assert chosen.plan.can_certify
    assert chosen.plan.labels <= 500
    truths = simulated_truths(np.sort(risks), 80, seed=99)
    assert forecast(chosen.plan, truths, seed=5).saved == pytest.approx(chosen.saved, abs=0.08)
    assert chosen.certified > 0.9
    plain = [
        forecast(plan, truths, seed=5).saved
        for coverage in (0.5, 0.6, 0.7)
        for plan in [
            CutPlan.model_validate(plan_cut_fields(items=4_000, labels=500, coverage=coverage))
        ]
    ]
    assert chosen.saved > max(plain) - 0.05


def plan_cut_fields(**given: float) -> dict[str, object]:
    from triage.guarantee import plan_cut

    return plan_cut(alpha=0.05, delta=0.05, **given).model_dump()  # type: ignore[arg-type]


def test_planner_says_how_many_labels_would_do() -> None:
    with pytest.raises(UsageError, match=r"at least \d+ are needed"):
        choose_plan(np.full(2_000, 0.01), alpha=0.02, delta=0.05, labels=20)
    for risks in ([], [0.1, float("nan")], [1.2], [-0.1]):
        with pytest.raises(UsageError):
            choose_plan(risks, alpha=0.02, delta=0.05, labels=20)


def test_planner_stands_ties_certainty_and_hopelessness() -> None:
    tied = choose_plan(np.full(3_000, 0.01), alpha=0.05, delta=0.05, labels=300, trials=40)
    assert tied.saved > 0.5
    clean = choose_plan(np.zeros(3_000), alpha=0.02, delta=0.05, labels=300, trials=40)
    assert clean.certified == 1.0
    with pytest.raises(UsageError, match="any number of labels"):
        choose_plan(np.full(3_000, 0.5), alpha=0.02, delta=0.05, labels=300, trials=40)


def test_fewest_sufficient_labels_are_found() -> None:
    risks = np.linspace(0.0, 0.6, 1_000) ** 3
    found = choose_labels(risks, alpha=0.1, delta=0.1, at_most=300, trials=40)
    assert found.certified >= 0.95
    assert found.plan.labels < 300
    with pytest.raises(UsageError, match=r"in \d+% of simulated batches"):
        choose_labels(risks, alpha=0.05, delta=0.05, at_most=80, trials=30)
