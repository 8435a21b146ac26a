"""The guarantee as plain functions, of use without any other part of the product."""

from triage.guarantee.certificate import (
    Certificate,
    CertificateError,
    certify,
    draw,
    verify,
)
from triage.guarantee.cut import CutPlan, fewest_labels, plan_cut
from triage.guarantee.sampling import rank_order, sample_ranks

__all__ = [
    "Certificate",
    "CertificateError",
    "CutPlan",
    "certify",
    "draw",
    "fewest_labels",
    "plan_cut",
    "rank_order",
    "sample_ranks",
    "verify",
]
