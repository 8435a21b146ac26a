"""The guarantee from a lead's hands: what `triage certify` does, in a lead's name.

Nothing that is told here names a step of a blind sample or the seed of a draw that is not signed
yet: who works with the desk could find out by it which steps were drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection

from triage.certification.auditing import Watched, draw_audits
from triage.certification.binding import is_stream
from triage.certification.checks.checking import Checked, check
from triage.certification.checks.rows import ExportRow
from triage.certification.plans.planning import Planning, PlanOptions, plan
from triage.certification.samples.drawing import Drawn, draw
from triage.certification.signing import Signed, sign
from triage.export.decisions import decisions_of
from triage.pipeline.stored import stored_decisions
from triage.report.figures import CertificateFigures
from triage.report.tallies.promises import certificates
from triage.server.http.house import House, house
from triage.server.http.problems import Problem
from triage.server.lead.figures import Figures, figures
from triage.store.certification.batches import Batch as CertifiedBatch
from triage.store.certification.batches import find_batches, traces_of
from triage.store.labelling.verdicts import log_lines
from triage.store.people.auditlog import note_act
from triage.store.run.batch import Batch
from triage.store.run.plugins import known_plugins

Made = TypeVar("Made")


class Certifying:
    """Plans, draws and signs on a server's store, and notes who did."""

    def __init__(self, place: House, figures: Figures) -> None:
        self._place = place
        self._figures = figures

    def plan(self, who: str, options: PlanOptions) -> Planning:
        """Freeze the clear steps and plan the blind sample, as `triage certify plan` does.

        Raises:
            UsageError: There is nothing to certify, or it can't be certified so.
        """
        made = self._do(lambda: plan(self._place.engine, self._place.settings, options))
        self._note(who, "certificates-planned", [one.id for one in made.planned])
        return made

    def draw(self, who: str, names: Sequence[str]) -> list[Drawn]:
        """Draw the blind samples of planned batches, or of all, as `triage certify draw` does.

        Raises:
            UsageError: There is nothing to draw, or it was drawn already.
        """
        made = self._do(lambda: draw(self._place.engine, self._place.settings, names))
        self._note(who, "samples-drawn", [one.id for one in made])
        return made

    def sign(self, who: str, names: Sequence[str]) -> list[Signed]:
        """Turn the labels of drawn batches, or of all, into certificates.

        Raises:
            UsageError: A rule is broken or a label missing; then nothing is signed.
        """
        engine, settings = self._place.engine, self._place.settings
        made = self._do(lambda: sign(engine, settings, names, named=False))
        self._note(who, "certificates-signed", [one.id or one.batch for one in made])
        return made

    def audit(self, who: str) -> list[Watched]:
        """Hide audits of accepted steps in the queue, as `triage audit draw` does.

        Raises:
            UsageError: No certificate holds.
        """
        made = self._do(lambda: draw_audits(self._place.engine, self._place.settings))
        self._note(who, "audits-drawn", [one.certificate for one in made])
        return made

    def found(self, name: str) -> tuple[CertificateFigures, CertifiedBatch]:
        """A batch or certificate by the id of either.

        Raises:
            Problem: There is none.
        """
        with self._place.reading() as connection:
            pairs = zip(certificates(connection), find_batches(connection), strict=True)
            for figures, batch in pairs:
                if name in (batch.id, batch.certificate_id):
                    return figures, batch
        raise Problem(404, "not-found", "no batch or certificate of this name is known")

    def check(self, content: str) -> Checked:
        """Recompute a certificate and hold it against this store's decisions and verdict log.

        Raises:
            CertificateError: It was edited, or does not fit what the store holds.
        """
        name = check(content).name
        with self._place.reading() as connection:
            batches = find_batches(connection)
            keys = traces_of(connection, [one.key for one in batches if one.certificate_id == name])
        if not keys:
            return check(content)
        with self._place.reading() as connection:
            rows = self._rows(connection, () if is_stream(content) else keys)
            return check(content, rows, self._log())

    def _rows(self, connection: Connection, keys: Sequence[int]) -> Iterator[ExportRow]:
        """The decisions on some traces, or on all where none is named."""
        batch = Batch(connection)
        with connection.begin():
            plugins = known_plugins(connection)
            if keys:
                batch.add(keys)
            else:
                batch.add_all()
        for one in stored_decisions(connection, batch, self._place.settings):
            for row in decisions_of(*one, plugins):
                yield ExportRow.model_validate(row.model_dump())

    def _log(self) -> Iterator[dict[str, Any]]:
        with self._place.reading() as connection:
            yield from log_lines(connection)

    def _do(self, act: Callable[[], Made]) -> Made:
        """Act in its turn, beside nobody else who writes."""
        try:
            with self._place.turn():
                return act()
        finally:
            self._figures.forget()

    def _note(self, who: str, what: str, names: Sequence[str]) -> None:
        with self._place.writing() as connection:
            note_act(connection, who, what, {"names": list(names)})


def certifying(request: Request) -> Certifying:
    """Acts on the certificates of the server that a request came to."""
    return Certifying(house(request), figures(request))


Acts = Annotated[Certifying, Depends(certifying)]
