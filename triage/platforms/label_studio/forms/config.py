"""A project's labelling configuration: the two that we bring, and what others call things."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from triage.errors import UsageError
from triage.platforms.said import label_in
from triage.records import Label

INHERITS: Final = "inherits_error"
_LONGEST: Final = 200_000
"""Characters of a configuration that are read."""


class View(StrEnum):
    """What a task holds."""

    STEP = "step"
    """One step with its problem and the earlier steps."""
    TRACE = "trace"
    """A whole trace, a region a step."""


class Control(NamedTuple):
    """A control of the page: its name, and the name of what it labels."""

    name: str
    target: str


class Config(NamedTuple):
    """What of a labelling configuration matters to us.

    Attributes:
        words: What each label is called in results.
        evidence: Where the machine's reasons may be written; None without such a place.
        inherits: Where a step may be said to rest on an earlier wrong one.
    """

    view: View
    label: Control
    words: Mapping[Label, str]
    evidence: Control | None
    inherits: Control | None


def label_config(view: View, *, blind: bool) -> str:
    """The configuration that we bring; one for blind labelling has no place for evidence."""
    evidence = "" if blind else _EVIDENCE[view]
    return _TEMPLATES[view].replace("{evidence}", evidence)


@lru_cache(maxsize=32)
def read_config(text: str) -> Config:
    """Find out how a project's page takes labels.

    Raises:
        UsageError: It has no control with our four labels, or is no configuration.
    """
    root = _parse(text)
    for tag, item, view in (
        ("Choices", "Choice", View.STEP),
        ("ParagraphLabels", "Label", View.TRACE),
    ):
        for control in root.iter(tag):
            words = _words(control, item)
            if len(words) == len(Label):
                return Config(view, _control(control), words, _named(root, "TextArea", "evidence"),
                              _named(root, "Choices", "inherits"))  # fmt: skip
    raise UsageError(
        "the project's labelling configuration has no Choices and no ParagraphLabels with the "
        "values or aliases necessary, redundant, incorrect and incomplete: "
        "`triage label-studio config` prints one that has"
    )


def _parse(text: str) -> ET.Element:
    # a document type could make a small text grow without end
    if len(text) > _LONGEST or "<!" in text.replace("<!--", ""):
        raise UsageError("the labelling configuration is too long or has a document type")
    try:
        return ET.fromstring(text)  # noqa: S314 - without a document type nothing can be expanded
    except ET.ParseError as why:
        raise UsageError(f"the labelling configuration is no XML: {why}") from why


def _words(control: ET.Element, item: str) -> dict[Label, str]:
    found: dict[Label, str] = {}
    for one in control.iter(item):
        word = one.get("alias") or one.get("value") or ""
        label = label_in(word)
        if label is not None:
            found.setdefault(label, word)
    return found


def _named(root: ET.Element, tag: str, name: str) -> Control | None:
    return next((_control(one) for one in root.iter(tag) if one.get("name") == name), None)


def _control(element: ET.Element) -> Control:
    return Control(element.get("name") or "", (element.get("toName") or "").split(",")[0])


_EVIDENCE: Final = {
    View.STEP: """  <Header value="What the machine found" size="5"/>
  <TextArea name="evidence" toName="step" editable="false" maxSubmissions="1" rows="2"/>
""",
    View.TRACE: "",
}

_TEMPLATES: Final = {
    View.STEP: """<View>
  <Header value="Problem" size="4"/>
  <Text name="problem" value="$problem"/>
  <Collapse open="true">
    <Panel value="Earlier steps"><Text name="context" value="$context"/></Panel>
  </Collapse>
  <Header value="Step $step_number of $n_steps" size="4"/>
  <Text name="step" value="$step"/>
  <Choices name="label" toName="step" choice="single-radio" required="true" showInline="true">
    <Choice value="correct and necessary" alias="necessary" hotkey="1"/>
    <Choice value="correct but redundant" alias="redundant" hotkey="2"/>
    <Choice value="incorrect" alias="incorrect" hotkey="3"/>
    <Choice value="incomplete" alias="incomplete" hotkey="4"/>
  </Choices>
  <Choices name="inherits" toName="step" choice="multiple">
    <Choice value="sound, but rests on an earlier wrong step" alias="inherits_error" hotkey="5"/>
  </Choices>
{evidence}  <Header value="Note" size="5"/>
  <TextArea name="note" toName="step" rows="2" maxSubmissions="1" editable="true"/>
  <Header value="What the step should say" size="5"/>
  <TextArea name="correction" toName="step" rows="2" maxSubmissions="1" editable="true"/>
</View>
""",
    View.TRACE: """<View>
  <Header value="Problem" size="4"/>
  <Text name="problem" value="$problem"/>
  <ParagraphLabels name="label" toName="trace">
    <Label value="correct and necessary" alias="necessary" background="#2e7d32" hotkey="1"/>
    <Label value="correct but redundant" alias="redundant" background="#1565c0" hotkey="2"/>
    <Label value="incorrect" alias="incorrect" background="#c62828" hotkey="3"/>
    <Label value="incomplete" alias="incomplete" background="#ef6c00" hotkey="4"/>
  </ParagraphLabels>
  <Paragraphs name="trace" value="$steps" layout="dialogue" nameKey="name" textKey="text"/>
{evidence}</View>
""",
}
