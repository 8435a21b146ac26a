"""Writes certificates to files."""

from collections.abc import Sequence
from pathlib import Path

from triage.certification.signing import Signed
from triage.errors import UsageError
from triage.export.files import whole


def write_certificates(signed: Sequence[Signed], out: Path) -> dict[str, Path]:
    """Write each certificate; gives the files by batch.

    Args:
        out: A folder, or the file of a single certificate if it ends in `.json`.

    Raises:
        UsageError: The folder can't be written to.
    """
    files = {}
    for one in signed:
        if one.id is None or one.certificate is None:
            continue
        path = out if is_file(out) else out / f"{one.id}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as why:
            raise UsageError(f"can't make the folder {path.parent}: {why.strerror}") from why
        with whole(path) as part:
            part.write_text(one.certificate.model_dump_json(indent=2) + "\n", encoding="utf-8")
        files[one.batch] = path
    return files


def is_file(out: Path) -> bool:
    """Whether a place for certificates is the file of a single one."""
    return out.suffix == ".json"
