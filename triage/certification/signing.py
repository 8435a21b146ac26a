"""Signs certificates: refuses what breaks the rules, and accepts steps up to the cut."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, Engine

from triage import __version__
from triage.certification.binding import Item, certificate_id, rank, word
from triage.certification.plans.outlook import more_labels
from triage.certification.plans.streaming import stream_certificate
from triage.certification.samples.drawing import chosen, plan_of
from triage.certification.samples.labelling import Labelling, labelling_of
from triage.certification.samples.problems import problems
from triage.certification.samples.sample import Sample
from triage.configuration.settings import Settings
from triage.errors import StoreError, UsageError
from triage.guarantee import Certificate, StreamCertificate, StreamPlan, certify
from triage.pipeline.deciding import reconsider
from triage.store.certification.batches import (
    Batch,
    Member,
    State,
    change_batch,
    members_of,
    newest_of,
    release,
    traces_of,
)
from triage.store.database import writing
from triage.store.labelling.verdicts import check_chain, hash_at
from triage.store.people.experts import all_experts
from triage.store.run.traces import stored_at
from triage.verdictlog import Chain


class Signed(NamedTuple):
    """What signing came to.

    Attributes:
        id: The certificate's id; None where it could not be certified.
        certificate: The certificate, also where it does not keep the promise.
        why: Why it could not be certified and what would do; empty if it was.
        again: Whether another of the declared attempts is left.
    """

    batch: str
    stratum: str
    id: str | None
    certificate: Certificate | StreamCertificate | None
    why: str = ""
    again: bool = False


def sign(
    engine: Engine,
    settings: Settings,
    names: Sequence[str] = (),
    *,
    single: bool = False,
    named: bool = True,
) -> list[Signed]:
    """Sign the drawn batches: steps before the cut are accepted, those beyond it go to people.

    Args:
        names: Only these batches; all that are drawn if empty.
        single: Whether there may be one batch only.
        named: Whether a refusal names drawn steps; not to somebody who works at the desk.

    Raises:
        UsageError: A rule is broken or a label missing; then nothing is signed, and the steps
            that need another label are in the queue.
        StoreError: The verdict log was altered.
    """
    with writing(engine) as connection:
        wanted = chosen(connection, names, (State.DRAWN,), "signed")
        if single and len(wanted) > 1:
            raise UsageError("several batches are drawn: name one of them, or a folder for all")
        chain = check_chain(connection)
        for batch in wanted:
            if hash_at(connection, batch.log_rows or 0) != batch.log_head:
                raise StoreError("the verdict log is not the one of the draw: restore a backup")
        labellings = [labelling_of(connection, batch) for batch in wanted]
        wrong = [
            f"{one.batch.id}: {told}"
            for one in labellings
            for told in problems(one.sample, plan_of(one.batch).labels, named=named)
        ]
        wrong += [told for one in labellings for told in _machines(one)]
        if not wrong:
            return [_sign(connection, settings, one, chain) for one in labellings]
        for one in labellings:
            reconsider(connection, one.unfinished, settings, cause="labels that do not count")
    raise UsageError("not signed:\n  " + "\n  ".join(wrong))


def _machines(labelling: Labelling) -> list[str]:
    """Experts whose name is that of a source: its words came back as an expert's."""
    frozen: dict[str, str] = orjson.loads(labelling.batch.bindings)
    counted = {name for one in labelling.sample.values() for name in one.blind.experts}
    return [
        f"{labelling.batch.id}: labels by {name!r} count, who is also a source that judged these "
        f"steps: a machine's word is no expert's (`triage experts revoke {name}`)"
        for name in sorted(counted)
        if f"source:{name}" in frozen
    ]


def _sign(connection: Connection, settings: Settings, labelling: Labelling, chain: Chain) -> Signed:
    batch, sample = labelling.batch, labelling.sample
    plan = plan_of(batch)
    members = members_of(connection, batch.key)
    if not _intact(connection, batch, members):
        why = (
            "traces of the batch were revised or forgotten after it was frozen, and one of them "
            "is enough: a promise on the rest could shed unlucky labels; sign before you revise. "
            "People may label these steps"
        )
        return _refuse(connection, settings, batch, None, why, again=False)
    errors = {place: bool(one.blind.wrong) for place, one in sample.items()}
    bindings = _bindings(connection, batch, sample, chain)
    certificate: Certificate | StreamCertificate
    if isinstance(plan, StreamPlan):
        ids = {one.key: one.trace().id for one in stored_at(connection, _traces(members))}
        certificate = stream_certificate(plan, batch.seed or 0, members, ids, errors, bindings)
    else:
        certificate = certify(plan, batch.seed or 0, errors, bindings=bindings)
    if not certificate.certified:
        found = f"{sum(errors.values())} errors in {plan.labels} blind labels"
        why = f"{found}: {more_labels(plan, [one.score for one in members], errors)}"
        again = plan.attempt < plan.attempts
        return _refuse(connection, settings, batch, certificate, why, again=again)
    name = certificate_id(certificate)
    text = certificate.model_dump_json(indent=2)
    change_batch(connection, batch.key, state=State.SIGNED, certificate_id=name, certificate=text)
    _decide_all(connection, settings, batch, f"signed {name}")
    if isinstance(certificate, StreamCertificate):
        # the rest waits for a batch certificate, like any other clear step
        free = release(connection, batch.key, above=certificate.threshold)
        reconsider(connection, free, settings, cause=f"signed {name}")
    return Signed(batch.id, plan.stratum, name, certificate)


def _refuse(
    connection: Connection,
    settings: Settings,
    batch: Batch,
    certificate: Certificate | StreamCertificate | None,
    why: str,
    *,
    again: bool,
) -> Signed:
    state = State.MISSED if again else State.REFUSED
    note = f"could not be certified: {why}" if not again else ""
    change_batch(connection, batch.key, state=state, note=note)
    _decide_all(connection, settings, batch, f"not certified {batch.id}")
    return Signed(batch.id, plan_of(batch).stratum, None, certificate, why, again)


def _decide_all(connection: Connection, settings: Settings, batch: Batch, cause: str) -> None:
    reconsider(connection, traces_of(connection, [batch.key]), settings, cause=cause)


def _intact(connection: Connection, batch: Batch, members: Sequence[Member]) -> bool:
    keys = _traces(members)
    if len(members) != plan_of(batch).items or newest_of(connection, keys) != set(keys):
        return False
    texts = {}
    for start in range(0, len(keys), _CHUNK):
        for stored in stored_at(connection, keys[start : start + _CHUNK]):
            trace = stored.trace()
            texts[stored.key] = (trace.id, [step.text for step in trace.steps])
    items = []
    for one in members:
        identity, steps = texts[one.trace]
        said = word(batch.promised, one.label, one.validity)
        items.append(Item(identity, one.step, steps[one.step], said, one.score))
    ranking = rank(items)
    return (ranking.salt, ranking.root) == (batch.salt, batch.root)


def _traces(members: Sequence[Member]) -> list[int]:
    return sorted({one.trace for one in members})


def _bindings(connection: Connection, batch: Batch, sample: Sample, chain: Chain) -> dict[str, str]:
    credentials = {one.name: ", ".join(one.credentials) for one in all_experts(connection)}
    counted = sorted({name for one in sample.values() for name in one.blind.experts})
    frozen: dict[str, str] = orjson.loads(batch.bindings)
    return (
        frozen
        | {f"expert:{name}": credentials[name] for name in counted}
        | {
            "batch": batch.root,
            "tie_salt": batch.salt,
            "promised": batch.promised.value,
            "labels": "blind, by credentialed experts; adjudicated where two differ",
            "second_share": repr(batch.second_share),
            "planned_at": batch.planned_at,
            "drawn_at": batch.drawn_at or "",
            "signed_at": datetime.now(UTC).isoformat(),
            "signed_with": f"triage {__version__}",
            "log_rows_at_draw": str(batch.log_rows),
            "log_head_at_draw": batch.log_head or "",
            "log_rows": str(chain.rows),
            "log_head": chain.head,
        }
    )


_CHUNK = 500
