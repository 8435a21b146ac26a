"""The desk's page and the files it consists of."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader

from triage.server.desk.words import ANSWERS

KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
PREFIX: Final = "/desk/static"


class Asset(NamedTuple):
    """A file of the page.

    Attributes:
        packed: Its bytes, compressed with gzip.
    """

    media_type: str
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """The files of the page by name."""
    found = {}
    for file in files(__package__).joinpath("static").iterdir():
        kind = file.name.rpartition(".")[2]
        if kind in KINDS:
            packed = gzip.compress(file.read_bytes(), mtime=0)
            found[file.name] = Asset(f"{KINDS[kind]}; charset=utf-8", packed)
    return found


@cache
def edition() -> str:
    """Changes with any of the page's files, so that browsers may keep them for good."""
    together = b"".join(name.encode() + asset.packed for name, asset in sorted(assets().items()))
    return hashlib.sha256(together).hexdigest()[:12]


def desk_page(person: str, csrf: str, *, reveal: bool, adjudicates: bool, leads: bool) -> str:
    """The desk of somebody who is signed in.

    Args:
        csrf: What the page sends back with whatever changes something.
        reveal: Whether the machine's proposals are shown after each answer.
        adjudicates: Whether the person may go to the disputes as well.
        leads: Whether the person may go to the lead's pages as well.
    """
    page = templates().get_template("desk.html")
    return page.render(
        person=person,
        csrf=csrf,
        reveal=reveal,
        adjudicates=adjudicates,
        leads=leads,
        labels=ANSWERS,
    )


def disputes_page(person: str, csrf: str) -> str:
    """The disputes before an adjudicator."""
    page = templates().get_template("disputes.html")
    return page.render(person=person, csrf=csrf, labels=ANSWERS)


def sign_in_page() -> str:
    """The page for those who are not signed in."""
    return templates().get_template("signin.html").render()


@cache
def templates() -> Environment:
    """The pages, every value in them escaped."""
    loader = PackageLoader(__package__, "templates")
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals["asset"] = lambda name: f"{PREFIX}/{edition()}/{name}"
    return made
