"""Writes the folder of a new plugin: it works, and its tests pass, before a word is changed."""

import keyword
import re
from pathlib import Path
from string import Template
from typing import Final

from triage.errors import UsageError
from triage.plugins import installed

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")

_PYPROJECT: Final = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "triage-$name"
version = "0.1"
description = "Checks steps in $domain"
requires-python = ">=3.11"
dependencies = ["steptriage"]

[project.entry-points.triage]
$name = "$module"

[tool.setuptools.packages.find]
where = ["src"]

[tool.pytest.ini_options]
pythonpath = ["src"]
"""

_PLUGIN: Final = '''\
"""Checks steps in $domain: replace the example by what your experts would look for."""

import re

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import (
    Claim,
    ClaimVerdict,
    Evidence,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)

NAME = "$name"
VERSION = "0.1"  # raise it whenever answers may change: stored answers of the old one are dropped

_SHARE = re.compile(r"\\bshare of (\\d+(?:\\.\\d+)?) ?%")


@hookimpl
def triage_describe() -> PluginInfo:
    """Say who the plugin is."""
    return PluginInfo(
        name=NAME,
        version=VERSION,
        summary="Refutes shares above 100 %",
        domains=("$domain",),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_propose(trace: Trace, step: int) -> Proposal | None:
    """Refute a step, support it without a label, or abstain."""
    found = _SHARE.search(trace.steps[step].text)
    if found is None:
        return None
    wrong = float(found[1]) > 100
    claim = Claim(
        kind="share",
        verdict=ClaimVerdict.REFUTED if wrong else ClaimVerdict.SUPPORTED,
        span=found.span(),
        text=found[0],
        expected="at most 100 %",
        found=found[1] + " %",
    )
    return Proposal(
        step=step,
        source=NAME,
        version=VERSION,
        kind=SourceKind.CHECKER,
        # a supported claim is evidence and no label: the step may be wrong in another way
        label=Label.INCORRECT if wrong else None,
        validity=Validity.INVALID if wrong else None,
        confidence=0.95 if wrong else None,
        evidence=Evidence(claims=(claim,)),
    )
'''

_TESTS: Final = '''\
"""The plugin does what it should, and keeps the contract."""

import pytest
from $module import triage_propose

from triage.conformance import assert_conforms
from triage.records import Label, Step, Trace


STEPS = [
    ("She holds a share of 120 %.", Label.INCORRECT),
    ("She holds a share of 20 %.", "evidence"),
    ("She holds a share.", None),
]


def trace_of(text: str) -> Trace:
    """A trace of one step."""
    step = Step(index=0, text=text)
    return Trace(id=text, domain="$domain", problem="How much?", steps=(step,), group="t")


def says(text: str) -> Label | str | None:
    """The label for a step, `evidence` without one, or None for an abstention."""
    proposal = triage_propose(trace_of(text), 0)
    return None if proposal is None else proposal.label or "evidence"


@pytest.mark.parametrize(("text", "label"), STEPS)
def test_shares(text: str, label: Label | str | None) -> None:
    assert says(text) == label


def test_it_keeps_the_contract_on_hostile_text() -> None:
    assert_conforms("$name", value="$module")


def test_it_keeps_the_contract_on_what_it_judges() -> None:
    assert_conforms("$name", value="$module", traces=[trace_of(text) for text, _ in STEPS])
'''

_README: Final = """\
# triage-$name

A plugin for `triage` that checks steps in $domain.

```sh
python -m pytest                          # its tests, and the conformance kit
pip install -e .
triage plugins list                       # it is there
triage plugins check $name                # it keeps the contract; --traces FILE on your own steps
triage plugins bench $name labelled.jsonl # what it is worth on traces that your experts labelled
triage run traces.jsonl                   # it is asked about every trace with domain "$domain"
```

What it checks is in `src/$module/__init__.py`. Begin with the tests: a step your experts call
wrong, one they call right, and one that is none of its business.
"""


def write_plugin(name: str, domain: str | None = None, into: Path = Path()) -> Path:
    """Write a new plugin's folder, `triage-NAME`.

    Args:
        name: The plugin's name: small letters, digits and hyphens.
        domain: The domain it serves; its name if absent.
        into: Where the folder is made.

    Raises:
        UsageError: The name can't be one or is taken, or the folder is there already.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(f"{name!r} can't be a plugin's name: small letters, digits, hyphens")
    if domain is not None and not re.fullmatch(r"[a-z0-9][a-z0-9 _-]*|\*", domain):
        raise UsageError(f"{domain!r} can't be a domain: one small word, or * for all")
    if name in {one.name for one in installed()}:
        raise UsageError(f"a plugin {name!r} is installed already: choose another name")
    folder = into / f"triage-{name}"
    if folder.exists():
        raise UsageError(f"{folder} is there already: choose another name, or move it away")
    module = "triage_" + name.replace("-", "_")
    words = {"name": name, "domain": domain or name, "module": module}
    for place, text in (
        ("pyproject.toml", _PYPROJECT),
        ("README.md", _README),
        (f"src/{module}/__init__.py", _PLUGIN),
        (f"tests/test_{name.replace('-', '_')}.py", _TESTS),
    ):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(words), encoding="utf-8")
    return folder
