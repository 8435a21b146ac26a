"""`triage calibrate`: from the store's expert labels to a model that `triage run` uses."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, Engine

from triage.agreement import Panel, panel_of
from triage.configuration.settings import Settings
from triage.deciding.case import Case
from triage.deciding.decide import settle
from triage.evaluate.truth import truth_of
from triage.pipeline.views.cases import cases_of
from triage.pipeline.views.labelled import Labelled, labelled
from triage.ranking import Example, Fitted, fit_model
from triage.records import Action, Label, Record, SourceKind, Validity
from triage.store.database import writing
from triage.store.run.decisions import latest_decisions
from triage.store.run.models import keep_model


class Calibrated(Record):
    """What was fitted, and what the panel of judges is worth by the same labels.

    Attributes:
        withheld: Labels that were not used because a certificate is to be signed with them.
    """

    fitted: Fitted
    panel: Panel
    withheld: int


def calibrate(engine: Engine, settings: Settings, seed: int = 0) -> Calibrated:
    """Fit the ranker and the displayed probabilities, and make them the ones in use.

    Labels are settled verdicts of any mode, and below them the labels that came with the input.
    Verdicts on steps that were drawn for a certificate train only once it is signed.
    """
    withheld = 0
    examples: list[Example] = []
    with engine.connect() as connection:
        for chunk in labelled(connection):
            with connection.begin():
                drawn = _drawn(connection, chunk)
                withheld += sum(len({v.step for v in one.verdicts} & drawn[one.stored.key])
                                for one in chunk)  # fmt: skip
                examples += _examples(connection, chunk, drawn, settings)
    fitted = fit_model(examples, seed)
    with writing(engine) as connection:
        body = fitted.model.model_dump_json().encode()
        keep_model(connection, fitted.model.version, body)
    return Calibrated(fitted=fitted, panel=judges_panel(examples), withheld=withheld)


def judges_panel(examples: Iterable[Example]) -> Panel:
    """The judges' answers, valid or not, on the labelled steps."""
    answers: dict[str, dict[tuple[str, int], Validity]] = {}
    truth: dict[tuple[str, int], Validity] = {}
    for example in examples:
        for step, held in enumerate(example.case.opinions()):
            known = example.validity[step]
            if known is None:
                continue
            truth[example.case.trace.id, step] = known
            for one in held:
                if one.kind is not SourceKind.CHECKER and one.validity is not None:
                    of_judge = answers.setdefault(one.source, {})
                    of_judge[example.case.trace.id, step] = one.validity
    return panel_of(answers, truth)


def _drawn(connection: Connection, chunk: Sequence[Labelled]) -> dict[int, set[int]]:
    decided = latest_decisions(connection, [one.stored.key for one in chunk])
    return {
        one.stored.key: {
            step.step for step in decided.get(one.stored.key, ()) if step.action is Action.AUDIT
        }
        for one in chunk
    }


def _examples(
    connection: Connection,
    chunk: Sequence[Labelled],
    drawn: dict[int, set[int]],
    settings: Settings,
) -> Iterator[Example]:
    told = [one for one in chunk if one.verdicts or one.stored.trace().human is not None]
    cases = cases_of(connection, [one.stored for one in told], settings)
    for one, case in zip(told, cases, strict=True):
        example = _example(case, one, drawn[one.stored.key])
        if any(example.validity):
            yield example


def _example(case: Case, one: Labelled, drawn: set[int]) -> Example:
    truth = truth_of(case.trace)
    validity: list[Validity | None] = list(truth.validity)
    labels: list[Label | None] = list(truth.labels())
    for step in {verdict.step for verdict in one.verdicts}:
        final = settle([verdict for verdict in one.verdicts if verdict.step == step])
        if final is not None and final.label is not None:
            labels[step], validity[step] = final.label, final.label.validity
    for step in drawn:
        labels[step] = validity[step] = None
    return Example(case, tuple(validity), tuple(labels))
