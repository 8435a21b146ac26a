"""Reads the files that a certificate is checked against, which may be anything."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.guarantee import CertificateError
from triage.records import Action, Label, Probability, Validity


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Final(_Part):
    label: Label | None


class _Reason(_Part):
    code: str
    sources: tuple[str, ...] = ()


class ExportRow(_Part):
    """What a certificate says something about, of one exported decision."""

    trace_id: str
    step: int = Field(ge=0)
    text: str
    label: Label | None
    validity: Validity | None
    score: Probability
    decision: Action
    certificate: str | None
    reasons: tuple[_Reason, ...]
    final: _Final | None

    @property
    def key(self) -> tuple[str, int]:
        """What tells the step from all others."""
        return self.trace_id, self.step

    @property
    def place(self) -> str:
        """The step in words."""
        return f"{self.step} of {self.trace_id!r}"

    def belongs_to(self, certificate: str) -> bool:
        """Whether it is covered, or was left beyond the cut."""
        if self.certificate is not None:
            return self.certificate == certificate
        return any(certificate in reason.sources for reason in self.reasons)


def export_rows(file: Path) -> Iterator[ExportRow]:
    """The decisions of an export in JSON Lines, gzipped or not.

    Raises:
        CertificateError: The file can't be read, or a line is no decision.
    """
    for number, line in _lines(file):
        try:
            yield ExportRow.model_validate_json(line)
        except ValidationError as why:
            first = why.errors()[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise CertificateError(
                f"{file}:{number}: {where}: {first['msg']}: give what `triage export decisions "
                "--out FILE.jsonl` wrote"
            ) from why


def log_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of an exported verdict log.

    Raises:
        CertificateError: The file can't be read, or a line is no JSON object.
    """
    for number, line in _lines(file):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as why:
            raise CertificateError(f"{file}:{number}: {why}") from why
        if not isinstance(row, dict):
            raise CertificateError(f"{file}:{number}: is no row of a verdict log")
        yield row


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as why:
        raise CertificateError(f"{file} can't be read: {why}") from why
