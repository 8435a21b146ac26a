"""A panel of correlated judges and a checker over reasoning steps whose true labels are known.

Built to published facts about real judges (see `PANEL` and the tests that pin them), so that a
procedure cannot be flattered by an easy batch: judges share what they find hard and what they
take a step for, and the ranker is fitted on an older batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NECESSARY, REDUNDANT, INCORRECT, INCOMPLETE = range(4)
PRIORS = (0.76, 0.095, 0.089, 0.056)
STRATA = (0.5, 0.3, 0.2)
STEPS = 8
SAMPLES = 5
OLDER = 1_000


@dataclass(frozen=True)
class Panel:
    """What makes the simulated judges as right, and as alike, as real ones.

    Attributes:
        ease: Intercepts of the judges' chance to be right, best judge first.
        pull: How often a wrong judge falls for the step's one tempting label.
        shared: Weight of the hardness that all judges feel.
        own: Weight of the hardness that only one judge feels.
        harder: Extra hardness by true label.
        strata: Extra hardness by stratum.
        noise: Spread of the verbalised confidence around the judge's own certainty.
    """

    ease: tuple[float, ...] = (4.42, 4.19, 3.96, 3.65)
    pull: float = 0.377
    shared: float = 2.185
    own: float = 1.241
    harder: tuple[float, ...] = (0.0, 2.41, 2.62, 3.3)
    strata: tuple[float, ...] = (-0.58, 0.32, 1.03)
    candour: float = 0.14
    boast: float = 2.159
    noise: float = 0.963


PANEL = Panel()


@dataclass(frozen=True)
class Batch:
    """Steps with what the panel said of them. N steps, J judges, K = 4 labels.

    Attributes:
        truth: True labels (N).
        stratum: Stratum of each step (N).
        shares: Share of a judge's samples for each label (N, J, K).
        confidence: Verbalised confidence (N, J).
        checker: 1 verified, -1 refuted, 0 abstained (N).
    """

    truth: Ints
    stratum: Ints
    shares: Floats
    confidence: Floats
    checker: Ints

    @property
    def votes(self) -> Ints:
        """Each judge's most frequent label (N, J)."""
        return np.asarray(self.shares.argmax(axis=2), dtype=np.int64)


def simulate(items: int, rng: np.random.Generator, panel: Panel = PANEL) -> Batch:
    """A batch of `items` steps in traces of eight, the panel's answers included."""
    traces = -(-items // STEPS)
    stratum = np.repeat(rng.choice(3, traces, p=STRATA), STEPS)[:items]
    truth = rng.choice(4, items, p=PRIORS)
    trace_effect = np.repeat(rng.normal(size=traces), STEPS)[:items]
    felt = 0.35 * trace_effect + np.sqrt(1 - 0.35**2) * rng.normal(size=items)
    hard = panel.shared * felt + np.asarray(panel.harder)[truth] + np.asarray(panel.strata)[stratum]
    judges = len(panel.ease)
    own = panel.own * rng.normal(size=(items, judges))
    ease = np.asarray(panel.ease)[None, :] - hard[:, None] + own
    right = expit(ease)
    lure = _lures(truth, rng)
    shares = np.zeros((items, judges, 4))
    rows = np.arange(items)
    for judge in range(judges):
        wanders = rng.random(items) > panel.pull
        wrong = np.where(wanders, _lures(truth, rng), lure)
        hits = rng.binomial(SAMPLES, right[:, judge])
        shares[rows, judge, truth] += hits / SAMPLES
        shares[rows, judge, wrong] += (SAMPLES - hits) / SAMPLES
    spoken = panel.boast + panel.candour * ease + panel.noise * rng.normal(size=ease.shape)
    confidence = expit(spoken)
    return Batch(
        truth=truth.astype(np.int64),
        stratum=stratum.astype(np.int64),
        shares=shares,
        confidence=np.round(confidence * 20) / 20,
        checker=_check(truth, stratum, rng),
    )


def _lures(truth: Ints, rng: np.random.Generator) -> Ints:
    # What a judge takes a step for when it errs: mostly for a good one, good ones for redundant.
    taken = np.array(
        [
            [0.0, 0.45, 0.35, 0.2],
            [0.8, 0.0, 0.12, 0.08],
            [0.78, 0.07, 0.0, 0.15],
            [0.72, 0.1, 0.18, 0.0],
        ]
    )
    return np.asarray((rng.random(len(truth))[:, None] > taken[truth].cumsum(axis=1)).sum(axis=1))


def _check(truth: Ints, stratum: Ints, rng: np.random.Generator) -> Ints:
    decides = (stratum == 0) & (rng.random(len(truth)) < 0.43)
    bad = truth >= INCORRECT
    slips = rng.random(len(truth))
    verified = np.where(bad, slips < 0.062, slips > 0.0028)
    return np.where(decides, np.where(verified, 1, -1), 0).astype(np.int64)


def features(batch: Batch) -> Floats:
    """What a ranker sees of each step (N, F): votes, certainty, checker, stratum."""
    mean_share = batch.shares.mean(axis=1)
    flat = batch.shares.reshape(len(batch.truth), -1)
    first = np.eye(3)[batch.stratum]
    return np.column_stack(
        [
            np.log(mean_share + 0.02),
            flat,
            batch.confidence,
            batch.checker == 1,
            batch.checker == -1,
            first,
            mean_share.max(axis=1) == 1.0,
        ]
    )


class Ranker:
    """Label and predicted risk from a model of an older batch of `OLDER` labelled steps."""

    def __init__(self, older: Batch) -> None:
        seen = features(older)
        self._model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2_000))
        held_out = cross_val_predict(self._model, seen, older.truth, method="predict_proba")
        self._platt = LogisticRegression(C=1e3)
        self._platt.fit(_log_odds(held_out), held_out.argmax(axis=1) != older.truth)
        self._model.fit(seen, older.truth)

    def rank(self, batch: Batch) -> "Ranked":
        """The steps' predicted risks, true errors and strata from safest to riskiest."""
        chances = self._model.predict_proba(features(batch))
        risk = self._platt.predict_proba(_log_odds(chances))[:, 1]
        order = np.argsort(risk, kind="stable")
        wrong = chances.argmax(axis=1) != batch.truth
        return Ranked(risk[order], wrong[order], batch.stratum[order])


def _log_odds(chances: Floats) -> Floats:
    risk = np.clip(1.0 - chances.max(axis=1), 1e-5, 1.0 - 1e-5)
    return np.asarray(np.log(risk / (1.0 - risk))[:, None])


@dataclass(frozen=True)
class Ranked:
    """A batch in rank order: what a procedure may see (risk) and what it may not (wrong)."""

    risk: Floats
    wrong: Flags
    stratum: Ints

    def oracle(self, alpha: float) -> float:
        """Largest prefix whose true wrong share is at most alpha, as a share of the batch."""
        shares = self.wrong.cumsum() / np.arange(1, len(self.wrong) + 1)
        return float(np.flatnonzero(shares <= alpha).max(initial=-1) + 1) / len(self.wrong)


def ranked_batches(count: int, seed: int, items: int = 20_000) -> Iterator[Ranked]:
    """Fresh batches, each ranked by a ranker that was fitted on an older batch of its own."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield Ranker(simulate(OLDER, rng)).rank(simulate(items, rng))
