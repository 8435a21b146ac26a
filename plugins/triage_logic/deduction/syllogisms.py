"""Syllogisms: what follows from statements on all, no and some members of classes."""

import re
from typing import Final, NamedTuple

from triage.records import Span
from triage_logic.deduction.formulas import truth_columns
from triage_logic.findings import DOUBT, Finding, judged

_MAX_TERMS: Final = 10
_TERM: Final = r"(?:(?!(?:not|all|some|no|every|if|and|or)\b)[\w'-]+ ?){1,4}?"
_SENTENCE: Final = re.compile(r"[^.!?\n;]+[.!?]?")
_STATEMENT: Final = re.compile(
    rf"(?:(?P<all>all|every|each|any)|(?P<no>no)|(?P<notall>not (?:all|every))|(?P<some>some)) "
    rf"(?P<subject>{_TERM}) (?:is|are) (?P<not>not )?(?P<predicate>{_TERM})",
    re.IGNORECASE,
)
_MEMBER: Final = re.compile(
    rf"(?P<subject>[A-Z]\w+) is (?P<not>not )?(?P<predicate>(?:an? )?{_TERM})"
)
_INFERENCE: Final = re.compile(
    r"(?:^|[,;:] *|\band )(?:therefore|so|thus|hence|consequently|this means|it follows"
    r"|we (?:can )?(?:conclude|infer|deduce))(?: that)?[,:]? +",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"^\W*(?:(?:premise|statement|fact)s?\b)?\W*(?:\d+\W+)?", re.IGNORECASE)
_CLOSING: Final = re.compile(
    r"^\W*(?:question|conclusion|is|does|do|can|what|which|options?)\b", re.IGNORECASE
)
_IRREGULAR: Final = {"men": "man", "women": "woman", "people": "person", "children": "child"}


class Statement(NamedTuple):
    """A categorical statement.

    Attributes:
        form: `all`, `no`, `some`, `some-not`, `is` or `is-not`.
    """

    form: str
    subject: str
    predicate: str

    def __str__(self) -> str:
        return _SHOWN[self.form].format(self.subject, self.predicate)


_SHOWN: Final = {
    "all": "every {} is {}",
    "no": "no {} is {}",
    "some": "some {} is {}",
    "some-not": "some {} is not {}",
    "is": "{} is {}",
    "is-not": "{} is not {}",
}


def recognise(problem: str) -> "Syllogism | None":
    """A simulator for a problem whose statements are all categorical."""
    premises: list[Statement] = []
    for sentence in _SENTENCE.findall(problem):
        stated = statement(_LABEL.sub("", sentence))
        if sentence.endswith("?") or _CLOSING.match(sentence):
            break
        if stated is None:
            if premises or len(sentence) > 200:
                break
            continue
        premises.append(stated)
    terms = {term for one in premises for term in (one.subject, one.predicate)}
    general = sum(one.form in ("all", "no", "some", "some-not") for one in premises)
    if len(premises) < 2 or general == 0 or len(terms) > _MAX_TERMS:
        return None
    return Syllogism(premises)


def statement(text: str) -> Statement | None:
    """A categorical statement, classes in the singular; None if the text is none as a whole."""
    text = " ".join(text.strip(" .,:;\"'").split())
    if match := _STATEMENT.fullmatch(text):
        subject, predicate = _class(match["subject"]), _class(match["predicate"])
        if match["no"]:
            form = "" if match["not"] else "no"
        elif match["notall"]:
            form = "" if match["not"] else "some-not"
        elif match["all"]:
            form = "" if match["not"] else "all"
        else:
            form = "some-not" if match["not"] else "some"
        return Statement(form, subject, predicate) if form else None
    if match := _MEMBER.fullmatch(text):
        form = "is-not" if match["not"] else "is"
        return Statement(form, match["subject"].lower(), _class(match["predicate"]))
    return None


class Syllogism:
    """Judges conclusions by all kinds of things there can be, given the premises."""

    def __init__(self, premises: list[Statement]) -> None:
        self._premises = premises
        self._names = {one.subject for one in premises if one.form.startswith("is")}
        terms = {one.predicate for one in premises}
        terms |= {one.subject for one in premises if not one.form.startswith("is")}
        self._columns, self._every = truth_columns(sorted(terms))
        self._possible = self._every
        for one in premises:
            if one.form == "all":
                self._possible &= ~(self._columns[one.subject] & ~self._columns[one.predicate])
            elif one.form == "no":
                self._possible &= ~(self._columns[one.subject] & self._columns[one.predicate])
        self._witnesses = [self._region(one) for one in premises if one.form.startswith("some")]
        self._members = dict.fromkeys(self._names, self._possible)
        for one in premises:
            if one.form.startswith("is"):
                self._members[one.subject] &= self._region(one)
        self._sound = all([*self._witnesses, *self._members.values()])

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge each statement that a step draws as a conclusion."""
        found: list[Finding] = []
        for sentence in _SENTENCE.finditer(text):
            inferences = list(_INFERENCE.finditer(sentence[0]))
            if not inferences or DOUBT.search(sentence[0]) or not self._sound:
                continue
            claim = sentence[0][inferences[-1].end() :].rstrip(" .!")
            begin = sentence.start() + inferences[-1].end()
            if (stated := statement(claim)) is not None and self._known(stated):
                found.append(self._finding(stated, (begin, begin + len(claim))))
        return found

    def _known(self, stated: Statement) -> bool:
        things = self._names if stated.form.startswith("is") else self._columns.keys()
        return stated.subject in things and stated.predicate in self._columns

    def _finding(self, stated: Statement, span: Span) -> Finding:
        follows = self._follows(stated, imported=False)
        readings = ("classes may be empty", "no class is empty")
        right = follows or self._follows(stated, imported=True)
        return Finding(
            kind="syllogism",
            verdict=judged(right),
            span=span,
            expected=f"{stated} {'follows' if right else 'does not follow'}",
            found=str(stated),
            readings=readings if stated.form.startswith("some") else (),
            engine="enumeration of kinds",
        )

    def _follows(self, stated: Statement, *, imported: bool) -> bool:
        region = self._region(stated) if stated.form in _REGIONED else 0
        match stated.form:
            case "all":
                outside = self._columns[stated.subject] & ~self._columns[stated.predicate]
                return not self._possible & outside
            case "no":
                both = self._columns[stated.subject] & self._columns[stated.predicate]
                return not self._possible & both
            case "some" | "some-not":
                witnesses = [*self._witnesses, *self._members.values()]
                if imported:
                    witnesses += [self._possible & column for column in self._columns.values()]
                return any(one and not one & ~region for one in witnesses)
            case _:
                return not self._members[stated.subject] & ~region

    def _region(self, stated: Statement) -> int:
        """The kinds of things that a statement on some thing leaves for it."""
        predicate = self._columns[stated.predicate]
        if stated.form.endswith("not"):
            predicate = self._every & ~predicate
        subject = self._columns.get(stated.subject, self._every)
        kinds = predicate if stated.form.startswith("is") else subject & predicate
        return kinds & self._possible


_REGIONED: Final = ("some", "some-not", "is", "is-not")


def _class(text: str) -> str:
    """A class in one wording: without article, its last word in the singular."""
    words = re.sub(r"^(?:an?|the) ", "", text.strip().lower()).split()
    if not words:
        return ""
    last = _IRREGULAR.get(words[-1], words[-1])
    if last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("ses", "xes", "ches", "shes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")):
        last = last[:-1]
    return " ".join([*words[:-1], last])
