"""What every plan declares before the draw, and the refusal of numbers that can be none."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from triage.errors import UsageError

Target = Literal["selective", "total"]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class Promise(NamedTuple):
    """What is to be promised of which steps, before the labels of a plan are laid out.

    Attributes:
        items: Steps of the stratum.
        alpha: Largest wrong share to promise, in (0, 1).
        delta: Chance of a broken promise, in (0, 1).
        target: "selective" promises a share of the machine-only steps, "total" of all steps.
        stratum: Name of the steps it speaks of.
        attempts: Draws declared for this stratum before the first of them.
        attempt: Which of them this is, from 1.
    """

    items: int
    alpha: float
    delta: float
    target: Target = "selective"
    stratum: str = "batch"
    attempts: int = 1
    attempt: int = 1


class Declared(BaseModel):
    """What is promised of which steps: the beginning of every plan.

    Attributes:
        stratum: Name of the steps it speaks of; also tells their draw from any other's.
        items: Steps in the stratum, ranked from safest (rank 0) to riskiest.
        alpha: Largest wrong share to promise.
        delta: Chance of a broken promise, shared equally by all declared attempts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = 1
    procedure: str
    stratum: str = Field(min_length=1)
    items: int = Field(ge=1)
    alpha: Share
    delta: Share


def check_shares(**shares: float) -> None:
    """Refuse shares outside (0, 1), NaN among them."""
    for name, share in shares.items():
        if not 0.0 < share < 1.0:
            raise UsageError(f"{name} is {share}: give a share above 0 and below 1, such as 0.02")


def check_counts(**counts: int) -> None:
    """Refuse counts that are no whole numbers from 1 on."""
    for name, count in counts.items():
        if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
            raise UsageError(f"{name} is {count!r}: give a whole number from 1 on")


def check_attempts(attempts: int, attempt: int, target: str) -> None:
    """Refuse an undeclared attempt or an unknown promise."""
    check_counts(attempts=attempts, attempt=attempt)
    if attempt > attempts:
        raise UsageError(f"attempt {attempt} of {attempts}: declare all attempts before the first")
    if target not in ("selective", "total"):
        raise UsageError(f"target is {target!r}: choose 'selective' or 'total'")
