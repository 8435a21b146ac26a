"""Orderings: a placement must follow from the premises that were cited so far."""

import re
from typing import Final

from triage.records import ClaimVerdict, Span
from triage_logic.findings import Finding
from triage_logic.orderings.arrangements import (
    Arrangements,
    Before,
    Constraint,
    Place,
    arrangements,
)
from triage_logic.orderings.order_grammar import Reading, Statement, clause, statements
from triage_logic.orderings.order_words import AXES, NUMBERS, Marker

_COUNTED: Final = "|".join(NUMBERS)
_OBJECTS: Final = re.compile(
    rf"\b({_COUNTED}|\d\d?) \w+(?: \w+)?(?:: |, namely |, )([^:.\n]{{3,600}})\.", re.IGNORECASE
)
_SEPARATOR: Final = re.compile(r",? and |, ")
_ARTICLE: Final = re.compile(r"(?:an?|the) ", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"[^.\n]+")
_OPTION: Final = re.compile(r"^[ \t]*\(([A-Z])\)(.+)$", re.MULTILINE)
_ANSWER: Final = re.compile(r"\bthe answer is:? \(([A-Z])\)\s*\.?\s*$", re.IGNORECASE)
_ASKING: Final = re.compile(r"\n\s*(?:Q:|Options:|Question:)")


def recognise(problem: str) -> "Ordering | None":
    """A simulator for a problem that lists objects and premises on their order, all of one kind."""
    listed = _OBJECTS.search(problem)
    if listed is None:
        return None
    objects = tuple(
        _ARTICLE.sub("", name.strip(), count=1).lower() for name in _SEPARATOR.split(listed[2])
    )
    stated = NUMBERS.get(listed[1].lower()) or (listed[1].isdigit() and int(listed[1]))
    engine = arrangements(len(objects))
    if stated != len(set(objects)) or min(map(len, objects)) < 2 or engine is None:
        return None
    options = {match[1]: match[2].strip(" .") for match in _OPTION.finditer(problem)}
    ends = _ASKING.search(problem, listed.end())
    body = problem[listed.end() : ends.start() if ends else len(problem)]
    for axis in AXES:
        marker = Marker(axis, objects)
        premises = _premises(body, marker)
        if premises:
            return Ordering(marker, premises, options, engine)
    return None


def _premises(body: str, marker: Marker) -> list[Constraint]:
    """The premises of a problem; none if a sentence that names an object can't be read."""
    premises: list[Constraint] = []
    for sentence in _SENTENCE.findall(marker.marked(body)):
        parsed = clause(sentence.strip(" -*\t"), marker)
        if parsed is not None and len(parsed[0]) == 1:
            premises += parsed[0][0]
        elif "@" in sentence:
            return []
    return premises


class Ordering:
    """Judges statements by the premises cited so far and by what the trace already holds true."""

    def __init__(
        self,
        marker: Marker,
        premises: list[Constraint],
        options: dict[str, str],
        engine: Arrangements,
    ) -> None:
        self._marker = marker
        self._premises = premises
        self._options = options
        self._engine = engine
        self._cited: list[Constraint] = []
        self._held: list[Constraint] = []
        self._told: list[int] = []

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge every comparison, placement and listing, and the answer."""
        found: list[Finding] = []
        listed: list[Constraint] = []
        said = statements(text, self._marker)
        for statement in said:
            claim = statement.readings[0] if statement.readings else ()
            if not statement.listed and len(claim) == 1 and claim[0] in self._premises:
                self._cite(claim[0])
                found.append(self._finding(statement, ClaimVerdict.SUPPORTED, "a premise"))
            elif settled := self._settled(statement.open):
                found.append(self._finding(statement, ClaimVerdict.REFUTED, "a premise", settled))
            elif claim or not statement.readings:
                found.append(self._judged(statement))
                (listed if statement.listed else self._held).extend(claim)
        if any(statement.listed for statement in said):
            self._held = listed
        if not self._engine.possible(self._cited + self._held):
            self._held = listed if self._engine.possible(self._cited + listed) else []
        if answer := _ANSWER.search(text):
            found += self._answered(answer[1], answer.span())
        if found:
            self._told.append(step)
        return found

    def _settled(self, free: frozenset[int]) -> Place | None:
        """A cited premise that fills one of the positions said to be free."""
        for premise in self._cited:
            if (
                isinstance(premise, Place)
                and len(premise.positions) == 1
                and premise.positions <= free
            ):
                return premise
        return None

    def _cite(self, premise: Constraint) -> None:
        if premise not in self._cited:
            self._cited.append(premise)
        if not self._engine.possible(self._cited + self._held):
            self._held = []

    def _judged(self, statement: Statement) -> Finding:
        if not statement.readings:
            note = f"there are {self._marker.count} positions"
            return self._finding(statement, ClaimVerdict.REFUTED, note)
        given = self._cited + self._held
        results = [self._follows(given, reading) for reading in statement.readings]
        if True in results:
            verdict = ClaimVerdict.SUPPORTED
        elif None in results:
            verdict = ClaimVerdict.UNKNOWN
        else:
            verdict = ClaimVerdict.REFUTED
        return self._finding(statement, verdict, "what follows from the premises cited so far")

    def _follows(self, given: list[Constraint], reading: Reading) -> bool | None:
        results = [self._engine.follows(given, claim) for claim in reading]
        return None if None in results else all(results)

    def _answered(self, letter: str, span: Span) -> list[Finding]:
        parsed = clause(self._marker.marked(self._options.get(letter, "")), self._marker)
        if parsed is None or not parsed[0]:
            return []
        statement = Statement(parsed[0], span, listed=False)
        results = [
            self._follows(given, reading)
            for given in (self._cited + self._held, self._premises)
            for reading in parsed[0]
        ]
        if None in results:
            return []
        verdict = ClaimVerdict.SUPPORTED if True in results else ClaimVerdict.REFUTED
        return [self._finding(statement, verdict, "answer")]

    def _finding(
        self,
        statement: Statement,
        verdict: ClaimVerdict,
        note: str,
        settled: Place | None = None,
    ) -> Finding:
        claims = statement.readings[0] if statement.readings else ()
        stated = "; ".join(map(self._shown, claims)) or None
        expected = stated
        if settled is not None:
            expected, stated = self._shown(settled), "any object can stand there"
        elif verdict is ClaimVerdict.REFUTED:
            expected = "; ".join(map(self._expected, claims)) or None
        return Finding(
            kind="ordering",
            verdict=verdict,
            span=statement.span,
            expected=expected,
            found=stated or "no such position",
            rests_on=tuple(self._told),
            note=note,
            engine=self._engine.engine,
        )

    def _expected(self, claim: Constraint) -> str:
        """Where the premises cited so far allow the object to be."""
        thing = claim.thing if isinstance(claim, Place) else claim.first
        return self._standing(thing, self._engine.places(self._cited + self._held, thing))

    def _shown(self, claim: Constraint) -> str:
        names = self._marker.objects
        if isinstance(claim, Before):
            return f"{names[claim.first]} before {names[claim.second]}"
        return self._standing(claim.thing, sorted(claim.positions))

    def _standing(self, thing: int, places: list[int]) -> str:
        name, origin = self._marker.objects[thing], self._marker.axis.origin
        return f"{name} at place {' or '.join(map(str, places))} from {origin}"
