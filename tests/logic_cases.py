"""What the tests of the logic plugin share: a trace told step by step, through the hooks."""

from collections.abc import Sequence

from triage_logic import triage_propose

from triage.plugininfo import PluginContext
from triage.records import Abstention, Claim, ClaimVerdict, Label, Proposal, Step, Trace, Validity


def follow(problem: str, steps: Sequence[str]) -> list[Proposal | Abstention]:
    """Every outcome of a trace, the later steps hidden as the host hides them."""
    context = PluginContext()
    every = tuple(Step(index=i, text=text) for i, text in enumerate(steps))
    outcomes = []
    for i in range(len(every)):
        trace = Trace(id="t", domain="logic", problem=problem, steps=every[: i + 1], group="g")
        outcome = triage_propose(trace, i, context)
        assert isinstance(outcome, Proposal | Abstention)
        assert outcome.step == i
        outcomes.append(outcome)
    return outcomes


def marks(problem: str, steps: Sequence[str]) -> str:
    """One sign a step: `x` refuted, `+` evidence without a label, `.` nothing to say."""
    signs = []
    for outcome in follow(problem, steps):
        if isinstance(outcome, Abstention):
            signs.append(".")
            continue
        verdicts = {claim.verdict for claim in outcome.evidence.claims}
        refuted = ClaimVerdict.REFUTED in verdicts
        assert outcome.label is (Label.INCORRECT if refuted else None)
        assert outcome.validity is (Validity.INVALID if refuted else None)
        assert (outcome.confidence is None) is not refuted
        signs.append("x" if refuted else "+")
    return "".join(signs)


def refuted(problem: str, steps: Sequence[str]) -> list[Claim]:
    """The refuted claims of the last step."""
    outcome = follow(problem, steps)[-1]
    assert isinstance(outcome, Proposal)
    return [c for c in outcome.evidence.claims if c.verdict is ClaimVerdict.REFUTED]
