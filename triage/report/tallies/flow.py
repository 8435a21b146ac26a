"""Tallies where steps are and why, fed trace by trace."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from triage.evaluate.tallies.rates import ClusteredShare
from triage.records import Action, DecidedBy, ReasonCode, StepDecision
from triage.report.figures import Flow, Place, ReasonFigures


def place_of(decision: StepDecision) -> Place:
    """Where a step is now."""
    if decision.final is not None and decision.final.by is not DecidedBy.MACHINE:
        return Place.PEOPLE
    match decision.action:
        case Action.ASK:
            return Place.ASKED
        case Action.AUDIT:
            return Place.SAMPLE
        case Action.ACCEPT:
            return Place.ACCEPTED
        case _:
            return Place.BEHIND if decision.reasons else Place.CLEAR


def differs(decision: StepDecision) -> bool | None:
    """Whether people differ from the machine; None where either says nothing."""
    final = decision.final.label if decision.final is not None else None
    if final is None or decision.validity is None:
        return None
    if decision.label is not None:
        return decision.label is not final
    return decision.validity is not final.validity


class FlowTally:
    """Counts of steps by domain and place, and by reason."""

    def __init__(self) -> None:
        self._places: defaultdict[str, Counter[Place]] = defaultdict(Counter)
        self._reasons: defaultdict[ReasonCode, _ReasonTally] = defaultdict(_ReasonTally)

    def add(self, domain: str, decisions: Sequence[StepDecision]) -> None:
        """Count one trace."""
        by_code: defaultdict[ReasonCode, list[StepDecision]] = defaultdict(list)
        for decision in decisions:
            self._places[domain][place_of(decision)] += 1
            for code in {reason.code for reason in decision.reasons}:
                by_code[code].append(decision)
        for code, concerned in by_code.items():
            self._reasons[code].add(code, domain, concerned)

    def count(self, *places: Place) -> int:
        """How many steps are in any of the places."""
        return sum(counts[place] for counts in self._places.values() for place in places)

    def flows(self) -> tuple[Flow, ...]:
        """All domains together first, then each, the largest first."""
        domains = sorted(self._places, key=lambda name: (-self._places[name].total(), name))
        total = sum((self._places[name] for name in domains), Counter[Place]())
        return (_flow(None, total), *(_flow(name, self._places[name]) for name in domains))

    def reasons(self) -> tuple[ReasonFigures, ...]:
        """Every reason that occurs, the most frequent first."""
        found = [tally.figures(code) for code, tally in self._reasons.items()]
        return tuple(sorted(found, key=lambda one: (-one.steps, one.code)))


class _ReasonTally:
    def __init__(self) -> None:
        self._domains: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._decided = 0
        self._wrong = ClusteredShare()

    def add(self, code: ReasonCode, domain: str, decisions: Sequence[StepDecision]) -> None:
        self._domains[domain] += len(decisions)
        for decision in decisions:
            self._decided += place_of(decision) is Place.PEOPLE
            self._sources.update(
                {name for one in decision.reasons if one.code is code for name in one.sources}
            )
        known = [wrong for wrong in map(differs, decisions) if wrong is not None]
        self._wrong.add_trace(sum(known), len(known))

    def figures(self, code: ReasonCode) -> ReasonFigures:
        return ReasonFigures(
            code=code.value,
            steps=self._domains.total(),
            decided=self._decided,
            machine_wrong=self._wrong.result(),
            domains=_most(self._domains),
            sources=_most(self._sources),
        )


def _flow(domain: str | None, counts: Counter[Place]) -> Flow:
    return Flow(
        domain=domain, steps=counts.total(), places={place: counts[place] for place in Place}
    )


def _most(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
