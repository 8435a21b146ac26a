"""Errors of the house, named after who must act; each message says what to do."""


class TriageError(Exception):
    """Base of everything the house raises on purpose; shown to people as one line."""

    exit_status = 1


class UsageError(TriageError):
    """The caller asked for something that cannot be: change the call or the configuration."""

    exit_status = 2


class InputError(TriageError):
    """No usable input: mend the file."""

    exit_status = 2


class MissingExtraError(TriageError):
    """A library of an optional extra is not installed."""

    exit_status = 2

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'steptriage[{extra}]'")


class StoreError(TriageError):
    """The store cannot be used as it is: the operator must act."""


class PluginError(TriageError):
    """A plugin is broken: its author must act."""


class EvidenceError(PluginError):
    """A source of passages failed: a judge is not asked without them."""

    code = "evidence-failed"


class RedactionError(PluginError):
    """A redactor failed: nothing of the text may leave the machine."""

    code = "redaction-failed"
