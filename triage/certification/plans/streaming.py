"""Streaming certificates: a promise on steps to come, weaker than a batch's and marked as such."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
from sqlalchemy import Connection

from triage.certification.plans.cuts import Terms
from triage.certification.plans.gathering import Gathered
from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.guarantee import StreamCertificate, StreamForecast, StreamPlan, certify_stream
from triage.guarantee import choose_stream as choose
from triage.guarantee import draw as drawn_ranks
from triage.pipeline.joining import open_streams
from triage.store.certification.batches import Member, release

if TYPE_CHECKING:
    from triage.certification.plans.planning import PlanOptions

_MOST_PANELS: Final = 64
"""Combinations of sources and domains that one streaming certificate may speak of."""


def refuse_options(options: "PlanOptions") -> None:
    """Refuse what a streaming certificate can't promise.

    Raises:
        UsageError: Several attempts, an expected coverage, or a promise on a total.
    """
    if options.attempts > 1 or options.coverage is not None or options.target != "selective":
        raise UsageError(
            "--stream goes with none of --attempts, --coverage and --target total: it tests fixed "
            "scores once, and speaks of steps that are not there yet"
        )


def refuse_mixture(gathered: Gathered) -> None:
    """Refuse steps that different versions judged: those to come resemble the latest ones only.

    Raises:
        UsageError: A source or plugin with several versions, or too many combinations of them.
    """
    mixed = [name for name, known in gathered.sources.items() if len(known) > 1]
    if mixed:
        raise UsageError(
            f"{', '.join(mixed)} spoke in several versions: run the older traces again, or certify "
            "them as a batch first, so that one version is left"
        )
    if len(gathered.panels) > _MOST_PANELS:
        raise UsageError(
            f"{len(gathered.panels)} combinations of sources judged these steps: steps to come "
            "would not resemble them; certify them as a batch"
        )


def stream_bindings(gathered: Gathered, settings: Settings) -> dict[str, str]:
    """What a step to come must have in common with the labelled ones to be covered."""
    return {
        "panels": ",".join(gathered.panels),
        "clear_risk": repr(settings.route.clear_risk),
    }


def chosen_stream(risks: Sequence[float], labels: int | None, terms: Terms) -> StreamForecast:
    """The streaming plan with these labels, or the fewest that certify in simulations.

    Raises:
        UsageError: No such plan can certify, or numbers are out of range.
    """
    return choose(risks, alpha=terms.alpha, delta=terms.delta, labels=labels, stratum=terms.stratum)


def release_streams(connection: Connection) -> list[int]:
    """Take what streaming certificates accepted out of them, for a batch; gives the traces."""
    return sorted({key for one in open_streams(connection) for key in release(connection, one.key)})


def stream_certificate(
    plan: StreamPlan,
    seed: int,
    members: Sequence[Member],
    names: Mapping[int, str],
    errors: Mapping[int, bool],
    bindings: Mapping[str, str],
) -> StreamCertificate:
    """Test the planned thresholds on the labelled steps.

    Args:
        members: The batch's steps in rank order.
        names: The ids of their traces.
        errors: For every drawn rank, whether the machine's label is wrong.
    """
    ranks = drawn_ranks(plan, seed)
    drawn = [members[rank] for rank in ranks]
    sample = [[names[one.trace], one.step] for one in drawn]
    return certify_stream(
        [one.score for one in drawn],
        np.array([errors[rank] for rank in ranks], dtype=np.bool_),
        thresholds=plan.thresholds,
        alpha=plan.alpha,
        delta=plan.delta,
        bindings=dict(bindings)
        | {
            "plan": plan.model_dump_json(),
            "seed": str(seed),
            "sample": orjson.dumps(sample).decode(),
        },
    )
