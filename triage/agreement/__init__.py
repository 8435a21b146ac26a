"""How far people, or judges, agree beyond chance, with intervals; and who may join a queue."""

from triage.agreement.admission import Admission, GoldLabel, admit
from triage.agreement.anchoring import Anchoring, SecondThought, anchoring
from triage.agreement.measures import (
    Estimate,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    measure_all,
    percent_agreement,
)
from triage.agreement.panel import Panel, PanelMember, panel_of
from triage.agreement.ratings import Ratings
from triage.agreement.rounds import Against, Compared, Rule, against_gold
from triage.agreement.verdicts import (
    AgreementReport,
    GivenVerdict,
    Measured,
    Pair,
    agreement_report,
)

__all__ = [
    "Admission",
    "Against",
    "AgreementReport",
    "Anchoring",
    "Compared",
    "Estimate",
    "GivenVerdict",
    "GoldLabel",
    "Measured",
    "Pair",
    "Panel",
    "PanelMember",
    "Ratings",
    "Rule",
    "SecondThought",
    "admit",
    "against_gold",
    "agreement_report",
    "anchoring",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "measure_all",
    "panel_of",
    "percent_agreement",
]
