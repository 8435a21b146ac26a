"""Checks an exported verdict log: its chain, and that it is the one a certificate names."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from triage.certification.checks.rows import ExportRow
from triage.errors import StoreError
from triage.guarantee import Certificate, CertificateError, StreamCertificate
from triage.records import Verdict
from triage.verdictlog import GENESIS, check_log, step_digest


class CheckedLog:
    """A log whose chain holds and that is the one of a certificate's draw and signature.

    Raises:
        CertificateError: It was altered, or is another one.
    """

    def __init__(
        self, certificate: Certificate | StreamCertificate, rows: Iterable[Mapping[str, Any]]
    ) -> None:
        self._rows = list(rows)
        try:
            check_log(self._rows)
        except (StoreError, KeyError, TypeError, ValueError) as why:
            # a row that lacks a field or has one of another kind was not written by us
            told = why if isinstance(why, StoreError) else f"a row is none of ours ({why!r})"
            raise CertificateError(
                f"{told}; ask for the log as `triage export verdicts` writes it"
            ) from why
        self.rows_at_signing = self._named(certificate, "log_rows", "log_head")
        self.rows_at_draw = self._named(certificate, "log_rows_at_draw", "log_head_at_draw")

    def standing(
        self, rows: int | None = None, after: int = 0
    ) -> dict[tuple[str, int], list[Verdict]]:
        """The verdicts that stand by trace and step, in the order in which they were given.

        Args:
            rows: Only by what the log held when it had so many rows.
            after: Only what came in after so many rows.
        """
        seen = self._rows[after:rows]
        withdrawn = {row["withdraws"] for row in seen if row["withdraws"] is not None}
        found: dict[tuple[str, int], list[Verdict]] = {}
        for row in seen:
            if row["withdraws"] is None and row["answer_id"] not in withdrawn:
                found.setdefault((row["trace_id"], row["step"]), []).append(_verdict(row))
        return found

    def check_text(self, step: ExportRow) -> None:
        """Check that at least one verdict on a step was given on the text that is exported."""
        bound = [
            row["step_digest"] == step_digest(row["salt"], step.text)
            for row in self._rows
            if (row["trace_id"], row["step"]) == step.key and row["salt"] is not None
        ]
        if bound and not any(bound):
            raise CertificateError(
                f"the verdicts on step {step.place} were given on another text: the export or the "
                "log was edited"
            )

    def _named(self, certificate: Certificate | StreamCertificate, rows: str, head: str) -> int:
        try:
            count = int(certificate.bindings[rows])
            wanted = certificate.bindings[head]
        except (KeyError, ValueError) as why:
            raise CertificateError("the certificate is bound to no log: it was not signed") from why
        if count > len(self._rows):
            raise CertificateError(
                f"the log ends after {len(self._rows):,} rows, the certificate rests on {count:,}: "
                "rows were cut off, or it is an older copy"
            )
        if (self._rows[count - 1]["hash"] if count else GENESIS) != wanted:
            raise CertificateError("the log is not the one that the certificate rests on")
        return count


def _verdict(row: Mapping[str, Any]) -> Verdict:
    try:
        return Verdict.model_validate({name: row[name] for name in Verdict.model_fields})
    except ValidationError as why:
        raise CertificateError(f"a row of the log is no verdict: {why.errors()[0]['msg']}") from why
