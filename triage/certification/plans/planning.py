"""Plans certificates: freezes the clear steps in rank order and chooses the labels to draw."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection, Engine

from triage.certification.binding import rank
from triage.certification.plans.choosing import chosen_plan
from triage.certification.plans.cuts import Terms
from triage.certification.plans.gathering import Candidate, Gathered, Strata, clear_traces, gather
from triage.certification.plans.streaming import (
    chosen_stream,
    refuse_mixture,
    refuse_options,
    release_streams,
    stream_bindings,
)
from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.guarantee import Forecast, Plan, StreamForecast, StreamPlan
from triage.guarantee.procedures.declared import Target
from triage.guarantee.second import REST_SHARE
from triage.pipeline.deciding import reconsider
from triage.pipeline.joining import ranker_name
from triage.pipeline.views.cases import model_in_use
from triage.records import Promised, Record
from triage.store.certification.batches import Member, State, add_batch, drop_planned
from triage.store.database import writing
from triage.store.labelling.verdicts import seconds_given

LABEL_SECONDS: Final = 90.0
"""What a label is taken to cost where no expert has given any with its time."""
_FEW: Final = 20
"""Timed labels below which their median says nothing."""


Chosen = Forecast | StreamForecast | Plan


class PlanOptions(Record):
    """What is to be promised.

    Attributes:
        labels: Blind labels over all strata; the fewest that do in simulations if None.
        coverage: Share of the steps expected to be accepted; by simulation if None.
        over: Whether delta holds for each stratum or for all together.
        second_share: Share of undisputed first labels that get a second one all the same.
        stream: Whether to promise something of steps to come instead of the clear steps.
    """

    alpha: float
    delta: float = 0.05
    labels: int | None = None
    target: Target = "selective"
    coverage: float | None = None
    strata: Strata = Strata.NONE
    over: Literal["each", "all"] = "each"
    promised: Promised = Promised.LABEL
    attempts: int = 1
    second_share: float = REST_SHARE
    stream: bool = False


class Planned(NamedTuple):
    """A frozen batch with its plan.

    Attributes:
        saved: Share of the steps expected to be accepted without a label; None if not simulated.
        certified: Share of simulations that certify; None if not simulated.
        minutes: Expected expert time for all labels, second ones included.
    """

    id: str
    plan: Plan | StreamPlan
    saved: float | None
    certified: float | None
    minutes: float


class Planning(NamedTuple):
    """Batches that were planned, and why strata were left out."""

    planned: list[Planned]
    refused: dict[str, str]


def plan(engine: Engine, settings: Settings, options: PlanOptions) -> Planning:
    """Freeze all clear steps, one batch a stratum, in the place of what was planned before.

    Batches from which something was drawn stay as they are.

    Raises:
        UsageError: There is nothing to certify, or no stratum can be certified.
    """
    if not 0.0 <= options.second_share <= 1.0:
        raise UsageError(f"--second-share is {options.second_share}: give a share from 0 to 1")
    if options.coverage is not None and not 0.0 < options.coverage <= 1.0:
        raise UsageError(f"--coverage is {options.coverage}: give a share above 0 and at most 1")
    if options.stream:
        refuse_options(options)
    with writing(engine) as connection:
        reconsider(connection, drop_planned(connection), settings, cause="plan dropped")
        # a batch certificate takes over what a streaming one has accepted so far
        taken = [] if options.stream else release_streams(connection)
        # one ranker for all: what was decided before the latest calibration is decided anew
        again = sorted({*clear_traces(connection), *taken})
        reconsider(connection, again, settings, cause="plan", joining=False)
        gathered = gather(connection, settings, options.promised, options.strata)
        if not gathered.strata:
            raise UsageError("; ".join(_spent(gathered).values()) or _nothing(options.promised))
        if options.stream:
            refuse_mixture(gathered)
        shares = _shared({name: len(held) for name, held in gathered.strata.items()}, options)
        planned, refused = [], _spent(gathered)
        bindings = _bindings(gathered, ranker_name(model_in_use(connection)), options)
        if options.stream:
            bindings |= stream_bindings(gathered, settings)
        seconds = seconds_given(connection)
        pace = float(np.median(seconds)) if len(seconds) >= _FEW else LABEL_SECONDS
        delta = options.delta / (len(shares) if options.over == "all" else 1)
        for stratum, candidates in sorted(gathered.strata.items()):
            try:
                terms = Terms(options.alpha, delta, options.target, stratum, options.attempts)
                chosen = (
                    chosen_stream([one.item.score for one in candidates], shares[stratum], terms)
                    if options.stream
                    else chosen_plan(_likely(candidates), shares[stratum], terms, options.coverage)
                )
            except UsageError as why:
                refused[stratum] = str(why)
                continue
            found = _freeze(connection, candidates, chosen, options, bindings)
            planned.append(_told(found, chosen, candidates, options, pace))
        if not planned:
            raise UsageError("; ".join(f"{name}: {why}" for name, why in refused.items()))
        # what no batch took up may join its streaming certificate again
        reconsider(connection, taken, settings, cause="plan")
    return Planning(planned, refused)


def _likely(candidates: Iterable[Candidate]) -> list[float]:
    """How likely each frozen label is wrong, as labels of before made it honest; for planning only.

    The order that a certificate uses is the score's. The displayed probability says more of how
    many steps may be promised: a cold start's scores are never small.
    """
    shown = (one.decided.confidence for one in candidates)
    return [1.0 if sure is None else 1.0 - sure for sure in shown]


def _freeze(
    connection: Connection,
    candidates: Sequence[Candidate],
    chosen: Chosen,
    options: PlanOptions,
    bindings: Mapping[str, str],
) -> str:
    ranking = rank([one.item for one in candidates])
    now = datetime.now(UTC).isoformat()
    identity = f"batch-{sha256(f'{ranking.root} {now}'.encode()).hexdigest()[:12]}"
    values = {
        "id": identity,
        "state": State.PLANNED,
        "promised": options.promised,
        "plan": _plan_of(chosen).model_dump_json(),
        "salt": ranking.salt,
        "root": ranking.root,
        "bindings": orjson.dumps(dict(bindings) | {"stratum": _plan_of(chosen).stratum}).decode(),
        "second_share": options.second_share,
        "planned_at": now,
        "note": "",
    }
    members = [_member(place, candidates[one]) for place, one in enumerate(ranking.order)]
    add_batch(connection, values, members)
    return identity


def _member(place: int, one: Candidate) -> Member:
    decided = one.decided
    if decided.validity is None:
        raise UsageError(f"step {decided.step} of {one.item.trace_id!r} has no label to freeze")
    return Member(
        batch=0,
        rank=place,
        trace=one.trace,
        step=decided.step,
        domain=one.domain,
        label=decided.label,
        validity=decided.validity,
        confidence=decided.confidence,
        score=decided.score,
        inherits_error=decided.inherits_error,
        returned=one.returned,
    )


def _told(
    identity: str,
    chosen: Chosen,
    candidates: Sequence[Candidate],
    options: PlanOptions,
    pace: float,
) -> Planned:
    planned = _plan_of(chosen)
    ranked = np.sort(_likely(candidates))
    disputed = planned.labels * float(ranked[: planned.zone].mean())
    second = disputed + options.second_share * (planned.labels - disputed)
    minutes = (planned.labels + second) * pace / 60
    if isinstance(chosen, Forecast | StreamForecast):
        return Planned(identity, planned, chosen.saved, chosen.certified, minutes)
    return Planned(identity, planned, None, None, minutes)


def _plan_of(chosen: Chosen) -> Plan | StreamPlan:
    return chosen.plan if isinstance(chosen, Forecast | StreamForecast) else chosen


def _shared(sizes: Mapping[str, int], options: PlanOptions) -> dict[str, int | None]:
    """Labels by stratum, by the square root of its steps: what a promise costs hardly grows."""
    labels = options.labels
    if labels is None:
        return dict.fromkeys(sizes)
    whole = sum(size**0.5 for size in sizes.values())
    return {
        name: min(size, max(1, round(labels * size**0.5 / whole))) for name, size in sizes.items()
    }


def _bindings(gathered: Gathered, ranker: str, options: PlanOptions) -> dict[str, str]:
    """What the frozen labels rest on, and how far the promise goes."""
    fixed = {
        "ranker": ranker,
        "strata": options.strata.value,
        "delta_holds_for": f"{options.over} of {len(gathered.strata)} strata",
    }
    return fixed | {name: ", ".join(known) for name, known in gathered.sources.items()}


def _spent(gathered: Gathered) -> dict[str, str]:
    """Why steps are left out that an earlier batch was drawn for, by its id."""
    return {
        batch: f"{steps} clear steps are the same as in {batch}, which was drawn and is not"
        " certified: another draw would be an attempt that was not declared before the first"
        " (--attempts); people may label them"
        for batch, steps in sorted(gathered.spent.items())
    }


def _nothing(promised: Promised) -> str:
    other = ": sources that judge validity only need --claim validity"
    return (
        "no clear step waits for a certificate: `triage run` takes traces in, and `triage queue "
        f"stats` shows what experts are asked{other if promised is Promised.LABEL else ''}"
    )
