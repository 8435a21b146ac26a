"""What the checkers flag on a public set, held against its human labels."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.audited.rows import Place
from triage.configuration.settings import Settings
from triage.evaluate import Evaluation, EvaluationResult, truth_of
from triage.ingest import Reject
from triage.pipeline import process
from triage.records import Claim, ClaimVerdict, Findings, Label, Trace, Validity
from triage.store.database import open_store

SETS: Final = {
    "mrgsm8k_wrong": "math",
    "mrben_math": "math",
    "mrben_physics": "math",
    "processbench_gsm8k": "math",
    "processbench_math": "math",
    "processbench_olympiadbench": "math",
    "gsm8k_gold_train": "math",
    "gsm8k_gold_test": "math",
    "bbm_multistep_arithmetic": "logic",
    "bbm_dyck_languages": "logic",
    "bbm_tracking_shuffled_objects": "logic",
    "bbm_logical_deduction": "logic",
}
"""Every audited set and the plugin whose flags on it were read."""

PROOFS: Final = (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)


class Flag(NamedTuple):
    """A step that a plugin calls incorrect, where it lies, and the claims that say so."""

    trace: Trace
    step: int
    place: Place
    claims: tuple[Claim, ...]


class Measured(NamedTuple):
    """One set: the plugin's flags that count, and what `triage evaluate` says of the set."""

    name: str
    source: str
    flags: tuple[Flag, ...]
    result: EvaluationResult


def measure(folder: Path, name: str) -> Measured:
    """Run `triage`'s own stages over one set and keep the flags of its plugin.

    Raises:
        ValueError: A row of the set can't be read.
    """
    evaluation = Evaluation()
    flags: list[Flag] = []
    rejects: list[Reject] = []
    with (
        tempfile.TemporaryDirectory(prefix="triage-audit-") as place,
        process(
            engine := open_store(f"sqlite:///{place}/store.db"),
            Settings(),
            [str(folder / f"{name}.jsonl")],
            rejected=rejects.append,
        ) as (_, _, considered),
    ):
        for one in considered:
            evaluation.add(one.trace, one.findings, one.steps)
            flags += flags_on(one.trace, one.findings, SETS[name])
    engine.dispose()
    if rejects:
        raise ValueError(f"{name}: {len(rejects)} rows can't be read: {rejects[0].reason}")
    return Measured(name, SETS[name], tuple(flags), evaluation.result())


def flags_on(trace: Trace, findings: Findings, source: str) -> Iterator[Flag]:
    """The flags at the first error and on steps that people passed; later ones count nowhere."""
    truth = truth_of(trace)
    for proposal in findings.proposals:
        if proposal.source != source or proposal.label is not Label.INCORRECT:
            continue
        step = proposal.step
        claims = tuple(c for c in proposal.evidence.claims if c.verdict in PROOFS)
        if truth.first_error_known and step == truth.first_error:
            yield Flag(trace, step, Place.HIT, claims)
        elif truth.first_error_known and truth.validity[step] is Validity.VALID:
            yield Flag(trace, step, Place.ALARM, claims)


def measure_all(folder: Path, names: Sequence[str] = tuple(SETS)) -> Iterator[Measured]:
    """One set after another."""
    for name in names:
        yield measure(folder, name)
