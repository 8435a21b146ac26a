"""The project's own labelled traces, in the form that every input file has.

There is one file a domain. All of them were written for this project: the problems, the steps, the
human labels and the `handwritten-example` judgements, which stand where judges would speak. In a
trace's metadata, `shows` names the reason codes that it was written to show, and `inherits_error`
says of each step whether it rests on an earlier wrong one.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

DOMAINS: Final = ("math", "logic", "medical", "legal", "music")
"""The domains of the examples; no plugin serves the last one, on purpose."""


def path() -> Traversable:
    """The folder that holds the example files."""
    return files(__name__)


def paths() -> tuple[Traversable, ...]:
    """The example files in JSON Lines, one a domain, in the order of `DOMAINS`."""
    return tuple(path() / f"{domain}.jsonl" for domain in DOMAINS)
