"""The guarantee as plain functions, of use without any other part of the product."""

from triage.guarantee.certificate import (
    Certificate,
    CertificateError,
    Plan,
    certify,
    draw,
    verify,
)
from triage.guarantee.choosing.choose import choose_plan
from triage.guarantee.choosing.choose_labels import choose_labels
from triage.guarantee.choosing.simulate import Forecast, forecast
from triage.guarantee.choosing.strata import StrataPlan, plan_strata
from triage.guarantee.choosing.stream_choice import StreamForecast, choose_stream
from triage.guarantee.drift import DriftState, observe_audits, start_drift
from triage.guarantee.procedures.cut import CutPlan, fewest_labels, plan_cut
from triage.guarantee.procedures.declared import Promise
from triage.guarantee.procedures.rising import RisingPlan, plan_rising
from triage.guarantee.procedures.sampling import rank_order, sample_ranks
from triage.guarantee.procedures.stream_plan import StreamPlan, plan_stream, start_thresholds
from triage.guarantee.prospective import StreamCertificate, certify_stream, verify_stream
from triage.guarantee.second import second_labels

__all__ = [
    "Certificate",
    "CertificateError",
    "CutPlan",
    "DriftState",
    "Forecast",
    "Plan",
    "Promise",
    "RisingPlan",
    "StrataPlan",
    "StreamCertificate",
    "StreamForecast",
    "StreamPlan",
    "certify",
    "certify_stream",
    "choose_labels",
    "choose_plan",
    "choose_stream",
    "draw",
    "fewest_labels",
    "forecast",
    "observe_audits",
    "plan_cut",
    "plan_rising",
    "plan_strata",
    "plan_stream",
    "rank_order",
    "sample_ranks",
    "second_labels",
    "start_drift",
    "start_thresholds",
    "verify",
    "verify_stream",
]
