"""Who may answer, and what may be answered: every refusal names what is to blame."""

from collections.abc import Iterable

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.queue.gold.admission import closed_to, standings_of
from triage.queue.items import known_expert
from triage.queue.standing_words import why_closed
from triage.records import DecidedBy, Verdict
from triage.store.labelling.verdicts import not_ahead
from triage.store.people.experts import Expert


class RefusedError(UsageError):
    """An answer that can't be taken; `field` is the part of it that is to blame."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Door:
    """Lets experts in, within one transaction.

    Args:
        connection: In a transaction.
    """

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._closed: dict[str, tuple[str, ...]] = {}

    def admit(self, verdict: Verdict, domain: str, laid: Expert | None) -> None:
        """Refuse a person who may not answer in a domain.

        Args:
            laid: The expert, by one who has seen that the step lies there.

        Raises:
            RefusedError: The person is unknown, has no credential, or is not admitted.
        """
        try:
            expert = laid or known_expert(self._connection, verdict.expert)
        except UsageError as why:
            raise RefusedError("expert", str(why)) from why
        if not expert.may_judge(domain):
            held = ", ".join(expert.credentials)
            raise RefusedError(
                "expert",
                f"{expert.name!r} has no credential for {domain!r}, only for {held}: triage "
                f"experts add {expert.name!r} with all credentials that are held",
            )
        if laid or verdict.by is DecidedBy.ADJUDICATOR:
            return
        if expert.name not in self._closed:
            self._closed[expert.name] = closed_to(self._connection, self._settings, expert)
        if domain in self._closed[expert.name]:
            now = standings_of(self._connection, self._settings, expert)
            (here,) = (one for one in now if one.domain == domain)
            raise RefusedError("expert", why_closed(here, expert.name))


def refuse_resolved(before: Iterable[Verdict], verdict: Verdict) -> None:
    """Refuse an answer to a step that an adjudicator has resolved.

    Raises:
        RefusedError: It was resolved.
    """
    if any(one.by is DecidedBy.ADJUDICATOR for one in before):
        raise RefusedError(
            "step", f"step {verdict.step} of {verdict.trace_id!r} was resolved; that is final"
        )


def in_time(verdict: Verdict) -> Verdict:
    """A verdict that is not ahead of its time.

    Raises:
        RefusedError: It is.
    """
    try:
        return not_ahead(verdict)
    except UsageError as why:
        raise RefusedError("at", str(why)) from why
