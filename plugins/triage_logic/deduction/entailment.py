"""Propositional entailment: a conclusion must follow from the premises and what was assumed."""

import re
from typing import Final

from triage.records import ClaimVerdict, Span
from triage_logic.deduction.formula_grammar import english, symbolic
from triage_logic.deduction.formulas import Formula, consistent, follows, holds
from triage_logic.findings import DOUBT, Finding

_BLOCK: Final = re.compile(r"\b(?:statements|premises|facts|given|hypotheses)\s*:", re.IGNORECASE)
_GOAL: Final = re.compile(
    r"^[ \t]*(?:conclusion|claim|prove|show|goal)\s*:?\s*(.+)$", re.IGNORECASE | re.MULTILINE
)
_TABLE: Final = re.compile(r"\btruth (?:table|value)", re.IGNORECASE)
_NUMBERING: Final = re.compile(r"^\s*(?:[-*•]|\(?\w{1,2}[.)])\s+")
_CUT: Final = re.compile(r"\n|;|,(?=\s)|\.(?=\s|$)")
_SENTENCE: Final = re.compile(r"[^\s.!?][^.!?\n]*\??")
_INFERENCE: Final = re.compile(
    r"(?:^|[,;:] *|\band )(?:therefore|so|thus|hence|consequently|this means|which means"
    r"|it follows|we (?:can )?(?:conclude|infer|deduce|derive|get|have))(?: that)?[,:]? +",
    re.IGNORECASE,
)
_REASON: Final = re.compile(
    r",? (?:by|from|since|because|using|according to|\() ?.*$", re.IGNORECASE
)
_ASSUMED: Final = re.compile(r"\b(?:assume|suppose|assuming)(?: that)? +(.+)$", re.IGNORECASE)
_VERDICT: Final = re.compile(r"^\W*conclusion\W+(true|false)\W*$", re.IGNORECASE | re.MULTILINE)
_VALUE: Final = re.compile(r"\b([A-Za-z]\d?) ?(?:=|is) ?(true|false|T|F|1|0)\b")
_MAX_ROW: Final = 200
_ROW: Final = re.compile(
    r"^(.+?)(?::|,? then|,) ?([^:=]+?) ?(?:=|is|evaluates to) ?(true|false|T|F|1|0)\W*$"
)


def recognise(problem: str) -> "Entailment | None":
    """A simulator for a problem that gives formulas, in symbols or in English clauses."""
    goal = _GOAL.search(problem)
    block = _BLOCK.search(problem)
    if block is None:
        return Entailment([], None) if _TABLE.search(problem) else None
    body = problem[block.end() : goal.start() if goal else len(problem)].partition("\n\n")[0]
    premises = _premises(body)
    if not any(premise.parts for premise in premises):
        return None
    known = frozenset().union(*(premise.atoms for premise in premises))
    target = _formulas(goal[1], known) if goal else ()
    return Entailment(premises, target[0] if len(target) == 1 else None)


def _premises(body: str) -> list[Formula]:
    """The premises, all in symbols or all in English; none if one of them can't be read."""
    lines = [_NUMBERING.sub("", line).strip(" .") for line in body.strip().split("\n")]
    parts = [part.strip() for part in _CUT.split(body) if part.strip(" .")]
    symbols = [symbolic(_NUMBERING.sub("", part).strip(" .")) for part in parts]
    if parts and None not in symbols:
        return [formula for formula in symbols if formula is not None]
    readings = [english(line) for line in lines if line]
    return [one[0] for one in readings] if all(len(one) == 1 for one in readings) else []


class Entailment:
    """Keeps the assumptions of a trace; what is assumed stays open to its end, to be lenient."""

    def __init__(self, premises: list[Formula], goal: Formula | None) -> None:
        self._premises = premises
        self._goal = goal
        self._known = frozenset[str]().union(*(premise.atoms for premise in premises))
        self._assumed: list[tuple[Formula, int]] = []

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge each conclusion, each row of a truth table and the verdict on the goal."""
        found: list[Finding] = []
        for sentence in _SENTENCE.finditer(text):
            found += self._sentence(sentence[0], sentence.start(), step)
        if self._goal is not None and (verdict := _VERDICT.search(text)):
            truth = follows(self._premises, self._goal)
            if truth is not None:
                stated = verdict[1].lower() == "true"
                shown = f"{self._goal} {'follows' if truth else 'does not follow'}"
                found.append(self._finding(truth == stated, verdict.span(), shown, verdict[1]))
        return found

    def _sentence(self, text: str, start: int, step: int) -> list[Finding]:
        row = _ROW.match(text) if len(text) <= _MAX_ROW else None
        if row and (found := self._row(row, start)):
            return found
        if not self._premises:
            return []
        if assumed := _ASSUMED.search(text):
            head = re.split(r",|\bthen\b", assumed[1])[0]
            for formula in _formulas(head, self._known)[:1]:
                self._assume(formula, step)
        inferences = list(_INFERENCE.finditer(text))
        if not inferences or DOUBT.search(text):
            return []
        begin = inferences[-1].end()
        claim = _REASON.sub("", text[begin:]).rstrip(" ,")
        readings = _formulas(claim, self._known)
        if not readings:
            return []
        return self._judged(readings, (start + begin, start + begin + len(claim)), step)

    def _row(self, row: re.Match[str], start: int) -> list[Finding]:
        values = {m[1]: m[2] in ("true", "True", "T", "1") for m in _VALUE.finditer(row[1])}
        formula = symbolic(row[2]) if values else None
        truth = None if formula is None or not formula.parts else holds(formula, values)
        if truth is None:
            return []
        stated = row[3].lower() in ("true", "t", "1")
        span = (start + row.start(2), start + row.end(3))
        return [self._finding(truth == stated, span, f"{formula} is {truth}", str(stated))]

    def _assume(self, formula: Formula, step: int) -> None:
        given = [*self._premises, *(one for one, _ in self._assumed), formula]
        if not consistent(given):
            self._assumed = []
        self._assumed.append((formula, step))

    def _judged(self, readings: tuple[Formula, ...], span: Span, step: int) -> list[Finding]:
        given = [*self._premises, *(formula for formula, _ in self._assumed)]
        if not consistent(given):
            return []
        results = [follows(given, reading) for reading in readings]
        if None in results:
            return []
        rests = tuple(sorted({told for _, told in self._assumed if told < step}))
        shown = " or ".join(map(str, readings))
        expected = f"{shown} {'follows' if True in results else 'does not follow'}"
        return [self._finding(True in results, span, expected, shown, rests)]

    def _finding(
        self, right: bool, span: Span, expected: str, found: str, rests_on: tuple[int, ...] = ()
    ) -> Finding:
        return Finding(
            kind="propositional",
            verdict=ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED,
            span=span,
            expected=expected,
            found=found,
            rests_on=rests_on,
            engine="truth table",
        )


def _formulas(text: str, known: frozenset[str]) -> tuple[Formula, ...]:
    """The readings of a text in symbols or in English, over known atoms only."""
    symbols = symbolic(text.strip(" .\"'"))
    if symbols is not None:
        return (symbols,) if symbols.atoms <= known else ()
    return english(text, known)
