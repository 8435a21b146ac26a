"""The simulated panel is as right, and as alike, as published ones: not made to please."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the simulator's ranker needs scikit-learn")

from benchmarks.guarantee.material.simulator import Batch, ranked_batches, simulate


@pytest.fixture(scope="module")
def batch() -> Batch:
    return simulate(60_000, np.random.default_rng(1))


def test_judges_are_as_accurate_as_published(batch: Batch) -> None:
    accuracy = (batch.votes == batch.truth[:, None]).mean(axis=0)
    assert accuracy == pytest.approx([0.895, 0.882, 0.865, 0.841], abs=0.006)
    bad = batch.truth >= 2
    recall = (batch.votes[bad] >= 2).mean(axis=0)
    alarms = (batch.votes[~bad] >= 2).mean(axis=0)
    assert ((recall > 0.62) & (recall < 0.76)).all()
    assert ((alarms > 0.025) & (alarms < 0.06)).all()


def test_judges_err_together(batch: Batch) -> None:
    wrong = batch.votes != batch.truth[:, None]
    pairs = [(a, b) for a in range(4) for b in range(a)]
    correlation = np.mean([np.corrcoef(wrong[:, a], wrong[:, b])[0, 1] for a, b in pairs])
    assert correlation == pytest.approx(0.47, abs=0.015)
    same = [
        (batch.votes[both, a] == batch.votes[both, b]).mean()
        for a, b in pairs
        for both in [wrong[:, a] & wrong[:, b]]
    ]
    assert np.mean(same) == pytest.approx(0.60, abs=0.015)


def test_unanimity_and_checker_are_as_published(batch: Batch) -> None:
    unanimous = (batch.votes == batch.votes[:, :1]).all(axis=1)
    assert unanimous.mean() == pytest.approx(0.757, abs=0.012)
    risk = (batch.votes[unanimous, 0] != batch.truth[unanimous]).mean()
    assert risk == pytest.approx(0.016, abs=0.005)
    bad = batch.truth >= 2
    assert (batch.checker[batch.stratum == 0] != 0).mean() == pytest.approx(0.43, abs=0.01)
    assert 1 - bad[batch.checker == 1].mean() == pytest.approx(0.989, abs=0.004)
    assert bad[batch.checker == -1].mean() == pytest.approx(0.982, abs=0.008)


def test_an_oracle_could_accept_as_much_as_published() -> None:
    batches = list(ranked_batches(4, seed=5))
    oracles = {alpha: np.mean([batch.oracle(alpha) for batch in batches]) for alpha in (0.01, 0.02)}
    assert oracles[0.02] == pytest.approx(0.81, abs=0.02)
    assert oracles[0.01] == pytest.approx(0.711, abs=0.05)
