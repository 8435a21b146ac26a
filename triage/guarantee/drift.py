"""Watch the accepted steps: an anytime-valid alarm when their risk rises above alpha."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from triage.errors import UsageError
from triage.guarantee.procedures.declared import Share, check_shares

GROWTHS = (1.25, 1.5, 2.0, 3.0, 5.0, 8.0)
"""Risks that the detector bets on, as multiples of alpha."""
WEIGHTS = (0.05, 0.15, 0.25, 0.35, 0.15, 0.05)
"""How the evidence of those bets is mixed: most on a risk of twice to thrice alpha."""
ALARM_AT = 20_000.0
"""Threshold, and so the fewest audits between false alarms on average at a risk of alpha."""
_LARGEST_BET = 0.95


class DriftState(BaseModel):
    """A Shiryaev-Roberts e-detector between two audits, small enough to store as it is.

    Attributes:
        alpha: Promised risk of the accepted steps.
        alarm_at: Threshold of the statistic.
        audits: Blind audits seen.
        errors: Those that found the machine wrong.
        evidence: The statistic of each bet.
        page: Page's CUSUM of the bet on three times alpha, which only dates a change.
        since: Audit, from 1, after the last at which that CUSUM was zero: the likeliest start of
            a rise, for the blame report.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    alpha: Share
    alarm_at: float = Field(gt=1.0, allow_inf_nan=False)
    audits: int = Field(default=0, ge=0)
    errors: int = Field(default=0, ge=0)
    evidence: tuple[float, ...] = (0.0,) * len(GROWTHS)
    page: float = Field(default=0.0, ge=0.0)
    since: int = Field(default=1, ge=1)

    @property
    def level(self) -> float:
        """The statistic: the bets' evidence, mixed."""
        return float(np.dot(WEIGHTS, self.evidence))

    @property
    def alarm(self) -> bool:
        """Whether the steps must go back to people until they are certified again."""
        return self.level >= self.alarm_at


def start_drift(alpha: float, *, alarm_at: float = ALARM_AT) -> DriftState:
    """A fresh detector for one stratum and one version of judge, prompt, plugin and ranker.

    Args:
        alpha: Promised risk of the accepted steps, in (0, 1).
        alarm_at: On average at least so many audits pass between false alarms while the risk is
            at most alpha.

    Raises:
        UsageError: A number out of range.
    """
    check_shares(alpha=alpha)
    if not 1.0 < alarm_at < float("inf"):
        raise UsageError(f"alarm_at is {alarm_at}: give a number of audits above 1")
    return DriftState(alpha=alpha, alarm_at=alarm_at)


def observe_audits(state: DriftState, wrong: Iterable[bool]) -> DriftState:
    """The detector after further blind audits, in the order they were answered.

    Every bet g follows M <- (M + 1) * L(x) with L(1) = p / alpha, L(0) = (1 - p) / (1 - alpha) and
    p = g * alpha: the Shiryaev-Roberts recursion, an e-detector (Shin, Ramdas, Rinaldo 2023). Their
    mixture, less the number of audits, is a supermartingale while the risk is at most
    alpha, hence the average run length. It stops at the first alarm.

    Raises:
        UsageError: An audit that is neither true nor false.
    """
    bets = np.minimum(np.array(GROWTHS) * state.alpha, _largest_bet(state.alpha))
    hit, miss = bets / state.alpha, (1.0 - bets) / (1.0 - state.alpha)
    evidence = np.array(state.evidence)
    weights = np.array(WEIGHTS)
    dating = GROWTHS.index(3.0)
    audits, errors, page, since = state.audits, state.errors, state.page, state.since
    for found in wrong:
        if weights @ evidence >= state.alarm_at:
            break
        if not isinstance(found, bool | np.bool_):
            raise UsageError(f"audit {audits + 1} is {found!r}: say True (wrong) or False")
        audits, errors = audits + 1, errors + int(found)
        ratio = hit if found else miss
        evidence = (evidence + 1.0) * ratio
        page = max(0.0, page + float(np.log(ratio[dating])))
        if not page:
            since = audits + 1
    return state.model_copy(
        update={
            "audits": audits,
            "errors": errors,
            "evidence": tuple(float(value) for value in evidence),
            "page": page,
            "since": since,
        }
    )


def _largest_bet(alpha: float) -> float:
    return max(_LARGEST_BET, 0.5 * (1.0 + alpha))
