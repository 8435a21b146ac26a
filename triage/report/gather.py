"""From the store to the report's figures, in one pass over the traces."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from triage import __version__
from triage.agreement import GivenVerdict, agreement_report
from triage.configuration.settings import Settings
from triage.deciding.opinions import opinions
from triage.evaluate import truth_of
from triage.propose.outside import outside_findings
from triage.records import Findings, Proposal, StepDecision, Trace, Verdict
from triage.report.figures import Place, Population
from triage.report.tallies.effort import Assumptions, EffortTally
from triage.report.tallies.flow import FlowTally, place_of
from triage.report.tallies.money import money
from triage.report.tallies.panels import PanelTally
from triage.report.tallies.promises import audits, certificates
from triage.report.tallies.quality import Known, QualityTally
from triage.report.tallies.reveals import RevealTally
from triage.report.tallies.workload import forecasts, queue_figures
from triage.report.whole import Report
from triage.store.certification.batches import latest_members
from triage.store.labelling.offers import revealed_on
from triage.store.labelling.verdicts import verdicts_on
from triage.store.people.experts import all_experts
from triage.store.run.batch import Batch
from triage.store.run.decisions import latest_decisions
from triage.store.run.findings import latest_findings, merge
from triage.store.run.spending import spent_by_plugin


def gather(
    connection: Connection, settings: Settings, assumptions: Assumptions | None = None
) -> Report:
    """Gather the figures of everything in the store; changes nothing.

    Memory grows with labelled steps and verdicts, not with traces.
    """
    tallies = _Tallies()
    batch = Batch(connection)
    with connection.begin():
        batch.add_all()
    for chunk in batch.chunks():
        keys = [one.key for one in chunk]
        with connection.begin():
            said = latest_findings(connection, keys, settings.plugins.blocked)
            decided = latest_decisions(connection, keys)
            verdicts = verdicts_on(connection, keys)
            sampled = _sampled(connection, keys)
            revealed = revealed_on(connection, keys)
        for one in chunk:
            trace = one.trace()
            findings = merge([said[one.key], outside_findings(trace)])
            tallies.add(
                trace, findings, decided.get(one.key, ()), verdicts[one.key],
                sampled.get(one.key, set()),
            )  # fmt: skip
            tallies.reveals.add(
                decided.get(one.key, ()), verdicts[one.key], revealed.get(one.key, ())
            )
    with connection.begin():
        return tallies.report(connection, settings, assumptions or Assumptions())


class _Tallies:
    """All that is counted in the pass."""

    def __init__(self) -> None:
        self._traces = self._undecided = 0
        self._flow, self._effort, self._panel = FlowTally(), EffortTally(), PanelTally()
        self._qualities = {population: QualityTally(population) for population in Population}
        self._given: list[GivenVerdict] = []
        self.reveals = RevealTally()

    def add(
        self,
        trace: Trace,
        findings: Findings,
        decisions: Sequence[StepDecision],
        verdicts: Sequence[Verdict],
        sampled: set[int],
    ) -> None:
        number = self._traces
        self._traces += 1
        self._undecided += not decisions
        self._flow.add(trace.domain, decisions)
        self._effort.add(number, verdicts)
        self._given += [GivenVerdict(one, trace.domain) for one in verdicts]
        known = _known(trace, decisions, sampled)
        if not known:
            return
        by_step: dict[int, list[Proposal]] = {}
        for proposal in findings.proposals:
            by_step.setdefault(proposal.step, []).append(proposal)
        for decision in decisions:
            if decision.step not in known:
                continue
            population, truth = known[decision.step]
            self._qualities[population].add(number, decision, truth)
            held = opinions(by_step.get(decision.step, ()))
            self._panel.add(number, decision.step, held, truth.validity)

    def report(
        self, connection: Connection, settings: Settings, assumptions: Assumptions
    ) -> Report:
        flows = self._flow.flows()
        found = [tally.result() for tally in self._qualities.values()]
        now = datetime.now(UTC)
        effort = self._effort.result(
            assumptions,
            steps=flows[0].steps,
            decided=self._flow.count(Place.PEOPLE),
            waiting=self._flow.count(Place.ASKED, Place.SAMPLE),
            sources_usd=spent_by_plugin(connection),
        )
        counted = queue_figures(connection)
        return Report(
            schema=Report.model_fields["schema_version"].default,
            made_at=now.isoformat(timespec="seconds"),
            triage_version=__version__,
            traces=self._traces,
            undecided_traces=self._undecided,
            flows=flows,
            queue=counted,
            forecasts=forecasts(
                counted,
                ((one.domain, one.verdict.at) for one in self._given),
                all_experts(connection),
                effort.seconds_per_verdict,
                now,
            ),
            reasons=self._flow.reasons(),
            effort=effort,
            money=money(connection, settings),
            qualities=tuple(one for one in found if one is not None),
            panel=self._panel.result(),
            agreement=agreement_report(self._given),
            reveals=self.reveals.result(),
            certificates=tuple(certificates(connection)),
            audits=tuple(audits(connection, settings)),
        )


def _known(
    trace: Trace, decisions: Sequence[StepDecision], sampled: set[int]
) -> Mapping[int, tuple[Population, Known]]:
    """The steps whose truth is known: people's final word goes before what came with the input."""
    found: dict[int, tuple[Population, Known]] = {}
    if trace.human is not None:
        truth = truth_of(trace)
        for step, (validity, label) in enumerate(zip(truth.validity, truth.labels(), strict=True)):
            if validity is not None:
                found[step] = Population.INPUT, Known(label, validity)
    for decision in decisions:
        final = decision.final
        if place_of(decision) is Place.PEOPLE and final is not None and final.label is not None:
            population = Population.BLIND if decision.step in sampled else Population.ASKED
            found[decision.step] = population, Known(final.label, final.label.validity)
    return found


def _sampled(connection: Connection, keys: Sequence[int]) -> dict[int, set[int]]:
    """The clear steps that a certificate's draw or an audit chose at random."""
    return {
        trace: {
            member.step for _, member in members if member.drawn or member.watched_at is not None
        }
        for trace, members in latest_members(connection, keys).items()
    }
