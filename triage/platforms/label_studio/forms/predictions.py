"""Predictions: what the machine says of a task, in Label Studio's regions."""

from collections.abc import Mapping
from typing import Any

from triage.platforms.label_studio.forms.config import INHERITS, Config, Control, View
from triage.platforms.label_studio.forms.tasks import Place
from triage.platforms.opinions import Opinion, Told
from triage.records import Label


def predict(place: Place, told: Told, config: Config, version: str) -> dict[str, Any] | None:
    """The prediction for a task; None where there is nothing to show.

    Nothing is shown of a step in a blind sample. The score is the probability that the label is
    right, in a trace the least of its steps': Label Studio serves the lowest first.
    """
    if place.step is not None and config.view is View.STEP:
        shown = [(place.step, told.opinions[place.step])]
        regions = _step_regions(shown[0][1], config)
    elif place.step is None and config.view is View.TRACE:
        shown = [
            (step, one) for step, one in enumerate(told.opinions) if one.label and not one.drawn
        ]
        regions = [
            _stretch(step, one, one.label, told.steps[step], config)
            for step, one in shown
            if one.label
        ]
    else:
        return None
    if not regions:
        return None
    score = min(opinion.confidence for _step, opinion in shown)
    return {"model_version": version, "score": score, "result": regions}


def _step_regions(opinion: Opinion, config: Config) -> list[dict[str, Any]]:
    if opinion.drawn or opinion.validity is None:
        return []
    regions = []
    if opinion.label is not None:
        chosen = {"choices": [config.words[opinion.label]]}
        label = _region("label", config.label, "choices", chosen, opinion.confidence)
        regions.append(label | _meta(opinion))
    if opinion.inherits_error and config.inherits is not None:
        chosen = {"choices": [INHERITS]}
        regions.append(_region("inherits", config.inherits, "choices", chosen, None))
    if config.evidence is not None and (words := _words(opinion)):
        regions.append(_region("evidence", config.evidence, "textarea", {"text": words}, None))
    return regions


def _words(opinion: Opinion) -> list[str]:
    if opinion.label is None and opinion.validity is not None:
        return [f"{opinion.validity.value}: no label is proposed", *opinion.evidence]
    return list(opinion.evidence)


def _stretch(
    step: int, opinion: Opinion, label: Label, text: str, config: Config
) -> dict[str, Any]:
    """A region over the whole of one paragraph, its offsets in the units of a browser."""
    value = {
        "start": str(step),
        "end": str(step),
        "startOffset": 0,
        "endOffset": len(text.encode("utf-16-le")) // 2,
        "text": text,
        "paragraphlabels": [config.words[label]],
    }
    return _region(f"s{step}", config.label, "paragraphlabels", value, opinion.confidence) | _meta(
        opinion
    )


def _region(
    identity: str, control: Control, kind: str, value: Mapping[str, Any], score: float | None
) -> dict[str, Any]:
    region = {
        "id": identity,
        "from_name": control.name,
        "to_name": control.target,
        "type": kind,
        "value": value,
    }
    return region if score is None else region | {"score": score}


def _meta(opinion: Opinion) -> dict[str, Any]:
    return {"meta": {"text": list(opinion.evidence)}} if opinion.evidence else {}
