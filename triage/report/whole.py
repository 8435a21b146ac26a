"""The report as a whole."""

from pydantic import Field

from triage.agreement import AgreementReport
from triage.records import SCHEMA_VERSION, Record
from triage.report.figures import (
    AuditFigures,
    CertificateFigures,
    Effort,
    Flow,
    PanelFigures,
    Quality,
    ReasonFigures,
)
from triage.report.work_figures import Forecast, Money, QueueFigures, Reveals


class Report(Record):
    """Everything that a lead is shown, on the report's page and on the server's."""

    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")
    made_at: str
    triage_version: str
    traces: int
    undecided_traces: int
    flows: tuple[Flow, ...]
    queue: QueueFigures
    forecasts: tuple[Forecast, ...]
    reasons: tuple[ReasonFigures, ...]
    effort: Effort
    money: Money
    qualities: tuple[Quality, ...]
    panel: PanelFigures | None
    agreement: AgreementReport
    reveals: Reveals
    certificates: tuple[CertificateFigures, ...]
    audits: tuple[AuditFigures, ...]
