"""`triage run`: all stages over input files, counted and written; started again, it goes on."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.export.decisions import decisions_of
from triage.export.files import check_writable, json_lines
from triage.export.rows import PARQUET
from triage.ingest import Reject, RejectsFile, rejects_path
from triage.ingest.files.sources import STDIN, find_inputs
from triage.pipeline.asking import Asked
from triage.pipeline.deciding import Considered
from triage.pipeline.intake import Intake
from triage.pipeline.stages import process
from triage.pipeline.views.failures import Trouble, Troubles
from triage.records import Action, Dollars, Record

_TOLD: Final = 5
"""Rejects that the summary holds."""


class RunOptions(Record):
    """What one run is asked to do.

    Attributes:
        inputs: Files, patterns, or `-` for standard input.
        out: Where the decisions go, one a line; nowhere if None.
        limit: Most traces to take.
        revise: Whether a known id with other content becomes a new version.
        accept_provisional: Whether clear steps are written as accepted, without any promise.
        budget_usd: What the judges may cost, all runs on this store together.
        wait: Whether to wait for providers' batches.
    """

    inputs: tuple[str, ...]
    out: Path | None = None
    limit: int | None = None
    revise: bool = False
    accept_provisional: bool = False
    budget_usd: Dollars | None = None
    wait: bool = True


class Summary(Record):
    """What a run did.

    Attributes:
        known: Traces that the store had before.
        held: Steps that no expert is asked about yet.
        behind: Those of them that wait for the verdict on another step of their trace.
        first_rejects: The first few of the rejected rows.
        audited: Clear steps before experts for a blind sample.
        certified: Accepted steps that a certificate covers.
        accepted: All accepted steps, provisional ones included.
        asked: Steps for an expert, by the first reason.
        failed: Traces on which some plugin failed at some step.
        troubles: Who failed and why, with the traces that earlier runs asked about.
        cost_usd: What was spent now; answers that were bought before cost nothing.
        spent_before_usd: What judges had cost on this store before, and what was set aside then.
        at_limit: Whether judges were not asked because of the money limit.
        pending: Questions that are with providers' batches; another run takes the answers in.
        seconds: Wall-clock time.
    """

    traces: int
    known: int
    rejected: int
    rejects: Path | None
    first_rejects: tuple[Reject, ...]
    steps: int
    held: int
    behind: int
    audited: int
    certified: int
    accepted: int
    settled: int
    asked: dict[str, int]
    failed: int
    troubles: tuple[Trouble, ...]
    broken_plugins: dict[str, str]
    cost_usd: float
    spent_before_usd: float
    at_limit: bool
    pending: int
    seconds: float


class _Tally:
    """Counts decisions as they pass, and writes them out."""

    def __init__(self, out: BinaryIO | None, asked: Asked, *, accept_provisional: bool) -> None:
        self.actions: Counter[Action] = Counter()
        self.reasons: Counter[str] = Counter()
        self.settled = self.certified = self.behind = 0
        self.troubles = Troubles()
        self._out = out
        self._plugins = asked.infos
        self._accept_provisional = accept_provisional

    def see(self, one: Considered) -> None:
        self.troubles.see(one.findings)
        for decision in decisions_of(
            one.trace,
            one.findings,
            one.steps,
            self._plugins,
            accept_provisional=self._accept_provisional,
        ):
            self.actions[decision.decision] += 1
            self.behind += decision.decision is Action.HOLD and bool(decision.reasons)
            self.settled += decision.final is not None
            covered = decision.decision is Action.ACCEPT and decision.certificate is not None
            self.certified += covered
            if decision.decision is Action.ASK and decision.final is None:
                self.reasons[decision.reasons[0].code.value] += 1
            if self._out is not None:
                self._out.write(decision.model_dump_json(by_alias=True).encode() + b"\n")


def run(engine: Engine, settings: Settings, options: RunOptions) -> Summary:
    """Take in, ask plugins, decide, write.

    Raises:
        InputError: No usable input.
        UsageError: The output would overwrite an input, or can't be written.
    """
    began = time.monotonic()
    if options.out is not None:
        _refuse_unfit(options.out, options.inputs)
    with ExitStack() as stack:
        rejects = _Rejects(options.out, stack)
        intake, asked, considered = stack.enter_context(
            process(
                engine,
                settings,
                options.inputs,
                rejected=rejects.add,
                limit=options.limit,
                revise=options.revise,
                budget_usd=options.budget_usd,
                wait=options.wait,
            )
        )
        out = stack.enter_context(json_lines(options.out)) if options.out else None
        tally = _Tally(out, asked, accept_provisional=options.accept_provisional)
        for one in considered:
            tally.see(one)
        return _summary(intake, asked, tally, rejects, time.monotonic() - began)


class _Rejects:
    """The rejects file beside the output; without an output only the first are kept, to be told."""

    def __init__(self, out: Path | None, stack: ExitStack) -> None:
        self._file = stack.enter_context(RejectsFile(rejects_path(out))) if out else None
        self.first: list[Reject] = []

    def add(self, reject: Reject) -> None:
        if len(self.first) < _TOLD:
            self.first.append(reject)
        if self._file is not None:
            self._file.write(reject)

    @property
    def path(self) -> Path | None:
        return self._file.path if self._file is not None and self._file.count else None


def _refuse_unfit(out: Path, inputs: Sequence[str]) -> None:
    """Refuse an output before anything is asked or paid for."""
    if str(out) == STDIN or out.suffix.lower() in PARQUET:
        raise UsageError(
            f"--out {out}: a run writes JSON Lines into a file; `triage export decisions` writes "
            "to standard output, or Parquet"
        )
    for mine in (out, rejects_path(out)):
        for one in find_inputs(inputs):
            if one != STDIN and mine.exists() and mine.samefile(one):
                raise UsageError(f"{mine} is one of the inputs: name another file by --out")
    check_writable(out)


def _summary(
    intake: Intake, asked: Asked, tally: _Tally, rejects: _Rejects, seconds: float
) -> Summary:
    return Summary(
        traces=intake.traces,
        known=intake.known,
        rejected=intake.rejected,
        rejects=rejects.path,
        first_rejects=tuple(rejects.first),
        steps=tally.actions.total(),
        held=tally.actions[Action.HOLD],
        behind=tally.behind,
        audited=tally.actions[Action.AUDIT],
        certified=tally.certified,
        accepted=tally.actions[Action.ACCEPT],
        settled=tally.settled,
        asked=dict(tally.reasons.most_common()),
        failed=asked.failed,
        troubles=tally.troubles.all(),
        broken_plugins=asked.broken,
        cost_usd=asked.cost_usd,
        spent_before_usd=asked.spent_before_usd,
        at_limit=asked.at_limit,
        pending=asked.pending,
        seconds=seconds,
    )
