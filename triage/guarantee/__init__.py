"""The guarantee as plain functions, of use without any other part of the product."""

from triage.guarantee.certificate import (
    Certificate,
    CertificateError,
    Plan,
    certify,
    draw,
    verify,
)
from triage.guarantee.cut import CutPlan, fewest_labels, plan_cut
from triage.guarantee.rising import RisingPlan, plan_rising
from triage.guarantee.sampling import rank_order, sample_ranks

__all__ = [
    "Certificate",
    "CertificateError",
    "CutPlan",
    "Plan",
    "RisingPlan",
    "certify",
    "draw",
    "fewest_labels",
    "plan_cut",
    "plan_rising",
    "rank_order",
    "sample_ranks",
    "verify",
]
