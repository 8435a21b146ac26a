"""What the machine proposed, for people: each source with a line of evidence, its places marked."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from triage.queue.items import Item
from triage.records import ClaimVerdict, Label, Record, Validity
from triage.server.desk.text.rendering import render, render_marked
from triage.server.experts.judging_forms import ProposalShown

_LINE: Final = 400
"""Characters of evidence that are shown of each source."""
_TELLING: Final = {
    ClaimVerdict.REFUTED: "is wrong",
    ClaimVerdict.CONFLICT: "contradicts an earlier step",
    ClaimVerdict.SOFT: "is doubtful",
    ClaimVerdict.SUPPORTED: "checks out",
    ClaimVerdict.UNKNOWN: "could not be checked",
}
"""What became of a claim, the most telling first."""


class ToldProposal(Record):
    """What one source proposes.

    Attributes:
        told: A line of evidence as safe HTML; empty if there is none.
    """

    source: str
    label: Label | None
    validity: Validity | None
    confidence: float | None
    inherits_error: bool | None
    told: str


class RevealShown(Record):
    """What is shown of a step after the answer.

    Attributes:
        step: The step as safe HTML, with the places that the sources speak of marked.
    """

    step: str
    proposals: tuple[ToldProposal, ...]


def show_reveal(item: Item, proposals: Sequence[ProposalShown]) -> RevealShown:
    """Make a step and what was proposed for it ready for the page."""
    spans = [span for one in proposals for span in _places(item.text, one.evidence)]
    return RevealShown(step=render_marked(item.text, spans), proposals=tuple(map(tell, proposals)))


def tell(proposal: ProposalShown) -> ToldProposal:
    """Put a proposal in words."""
    line = _line(proposal.evidence)
    return ToldProposal(
        **proposal.model_dump(exclude={"evidence"}), told=render(line) if line else ""
    )


def _places(text: str, evidence: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Where in the step the evidence points to; what was not doubted is no place to look at."""
    for claim in evidence.get("claims", ()):
        if claim.get("span") and claim["verdict"] != ClaimVerdict.SUPPORTED:
            start, end = claim["span"]
            yield start, end
    for quote in evidence.get("quotes", ()):
        start = text.find(quote)
        if quote and start >= 0:
            yield start, start + len(quote)


def _line(evidence: dict[str, Any]) -> str:
    claims = evidence.get("claims", ())
    if not claims:
        return _cut(evidence.get("rationale") or "")
    order = list(_TELLING)
    claim = min(claims, key=lambda one: order.index(ClaimVerdict(one["verdict"])))
    verdict = ClaimVerdict(claim["verdict"])
    said = f"{_formula(claim.get('text') or claim['kind'])} {_TELLING[verdict]}"
    if verdict is not ClaimVerdict.SUPPORTED:
        said += f", computed {_formula(claim['expected'])}" if claim.get("expected") else ""
        said += f": {claim['note']}" if claim.get("note") else ""
    return _cut(said)


def _formula(text: str) -> str:
    """A piece of a formula with the delimiters that were cut off."""
    return f"\\({text}\\)" if "\\" in text and "$" not in text and "\\(" not in text else text


def _cut(text: str) -> str:
    return text if len(text) <= _LINE else f"{text[:_LINE].rstrip()} …"
