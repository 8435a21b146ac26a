"""Shares, their intervals, and areas under the curve, from counts that stay small."""

from collections import Counter

from triage.evaluate.results import Auroc, Rate, RateWithInterval

SCORE_DECIMALS = 5
"""Scores that agree in so many decimals are one score, which bounds the memory of an area."""
_TAIL = 0.025
"""What an interval of 95 % leaves out at each end."""


def rate(count: int, of: int) -> Rate:
    """A share, None where there is nothing to divide by."""
    return Rate(count=count, of=of, share=count / of if of else None)


def harmonic_mean(a: float | None, b: float | None) -> float | None:
    """None if either is; 0, its limit, if both are 0."""
    if a is None or b is None:
        return None
    return 2 * a * b / (a + b) if a + b else 0.0


class Area:
    """The area under the ROC curve by the Mann-Whitney statistic; ties count one half."""

    def __init__(self) -> None:
        self._positives: Counter[float] = Counter()
        self._negatives: Counter[float] = Counter()

    def add(self, score: float, positive: bool) -> None:
        """Count one score."""
        (self._positives if positive else self._negatives)[round(score, SCORE_DECIMALS)] += 1

    def result(self) -> Auroc:
        """The area so far; None if one of the classes is empty."""
        positives, negatives = self._positives.total(), self._negatives.total()
        halves = below = 0
        for score in sorted({*self._positives, *self._negatives}):
            here = self._negatives[score]
            halves += self._positives[score] * (2 * below + here)
            below += here
        pairs = 2 * positives * negatives
        return Auroc(
            positives=positives, negatives=negatives, area=halves / pairs if pairs else None
        )


class ClusteredShare:
    """A share over steps that come in traces, with an interval that knows it.

    Steps of one trace are right or wrong together more often than steps of different traces. The
    interval is Clopper and Pearson's at the effective sample size of Korn and Graubard (1998,
    Survey Methodology 24): n divided by the design effect, which the spread between traces gives,
    and lessened where traces are few.
    """

    def __init__(self) -> None:
        self._traces = self._n = self._k = self._nn = self._nk = self._kk = 0

    def add_trace(self, wrong: int, of: int) -> None:
        """Count the steps of one trace."""
        if of:
            self._traces += 1
            self._n += of
            self._k += wrong
            self._nn += of * of
            self._nk += of * wrong
            self._kk += wrong * wrong

    def effective_size(self) -> float:
        """How many independent steps the counted ones are worth, between one and their number.

        Where no step or every step is wrong, traces show no spread: each is taken for one step.
        """
        share = self._k / self._n
        if self._traces < 2 or share in (0.0, 1.0):
            return float(self._traces)
        from scipy.stats import t

        between = self._kk - 2 * share * self._nk + share * share * self._nn
        variance = self._traces / (self._traces - 1) * between / self._n**2
        size = share * (1 - share) / variance if variance > 0.0 else float(self._n)
        # Few traces tell their spread badly: the price of estimating it.
        few = t.ppf(_TAIL, self._n - 1) / t.ppf(_TAIL, self._traces - 1)
        return max(1.0, min(float(self._n), size * float(few) ** 2))

    def result(self) -> RateWithInterval:
        """The share so far with its interval."""
        if not self._n:
            return RateWithInterval(count=0, of=0, share=None, low=None, high=None)
        # Imported late: the command line must start without it.
        from scipy.stats import beta

        share, size = self._k / self._n, self.effective_size()
        hits = share * size
        misses = size - hits
        low = 0.0 if self._k == 0 else float(beta.ppf(_TAIL, hits, misses + 1))
        high = 1.0 if self._k == self._n else float(beta.isf(_TAIL, hits + 1, misses))
        return RateWithInterval(count=self._k, of=self._n, share=share, low=low, high=high)
