"""Labels, scores and the forms of a result, on hand-made traces with hand-computed figures."""

import io
import pickle

from evaluate_cases import CLEAN, counts, evaluate, overall, scores_of, trace, words_of
from rich.console import Console

from triage.evaluate import Evaluation, EvaluationResult, render
from triage.records import Abstention, Failure, Findings, Proposal


class TestLabels:
    RESULT = evaluate(
        [
            (trace(5, words="NRXIC"), words_of("NNXXX")),
            (trace(4, words="NRX?"), words_of("v-IX")),
        ]
    )
    LABELS = overall(RESULT).labels

    def test_confusion(self) -> None:
        assert self.LABELS is not None
        assert self.LABELS.steps == 8
        assert self.LABELS.confusion == {
            "necessary": {"necessary": 1, "valid": 1},
            "redundant": {"necessary": 1, "none": 1},
            "incorrect": {"incorrect": 1, "incomplete": 1},
            "incomplete": {"incorrect": 1},
            "correct": {"incorrect": 1},
        }

    def test_correct_counts_for_validity_only(self) -> None:
        assert self.LABELS is not None
        by_label = self.LABELS.by_label
        assert counts(by_label["necessary"].precision) == (1, 2)
        assert counts(by_label["necessary"].recall) == (1, 2)
        assert counts(by_label["redundant"].precision) == (0, 0)
        assert counts(by_label["redundant"].recall) == (0, 2)
        assert counts(by_label["incorrect"].precision) == (1, 2)
        assert counts(by_label["incorrect"].recall) == (1, 2)
        assert counts(by_label["incomplete"].precision) == (0, 1)
        assert counts(self.LABELS.invalid.precision) == (3, 4)
        assert counts(self.LABELS.invalid.recall) == (3, 3)

    def test_there_are_none_without_a_labelled_step(self) -> None:
        assert overall(evaluate([(trace(2, first=0), words_of("XN"))])).labels is None


class TestScores:
    def test_auroc_leaves_out_unknown_steps_and_halves_ties(self) -> None:
        result = evaluate(
            [
                # valid .9, valid .4, invalid .4, unknown .99
                (trace(4, first=2), scores_of([0.9, 0.4, 0.4, 0.99])),
                (trace(1, first=0), scores_of([0.5])),
            ]
        )
        scorer = overall(result, "scorer")
        assert scorer.auroc is not None
        assert (scorer.auroc.positives, scorer.auroc.negatives) == (2, 2)
        # .9 beats both, .4 ties with one and loses to the other.
        assert scorer.auroc.area == 2.5 / 4

    def test_a_score_is_no_label_but_tells_validity(self) -> None:
        scored = [
            (trace(3, first=2), scores_of([0.9, 0.2, 0.1])),
            (trace(2, words="NX"), scores_of([0.9, 0.4])),
        ]
        scorer = overall(evaluate(scored), "scorer")
        assert counts(scorer.judged) == counts(scorer.evidence) == (5, 5)
        assert scorer.incorrect is None
        assert scorer.labels is None
        assert scorer.invalid is not None
        assert counts(scorer.invalid.precision) == (2, 3)
        assert counts(scorer.invalid.recall) == (2, 2)
        assert counts(scorer.exact_first_error) == (1, 2)

    def test_one_class_alone_has_no_area(self) -> None:
        scorer = overall(evaluate([(trace(2, first=CLEAN), scores_of([0.1, 0.9]))]), "scorer")
        assert scorer.auroc is not None
        assert scorer.auroc.area is None


def test_a_source_that_only_abstains_or_fails_is_no_labeller() -> None:
    evaluation = Evaluation()
    silent = Findings(
        abstentions=(Abstention(step=0, source="judge", why="null"),),
        failures=(Failure(step=1, source="judge", why="timeout"),),
    )
    evaluation.add(trace(2, first=CLEAN), silent)
    judge = overall(evaluation.result())
    assert judge.exact_first_error is None
    assert counts(judge.failed) == (1, 2)


def test_a_checker_that_finds_no_error_has_found_none() -> None:
    supported = [Proposal(step=0, source="checker")]
    checker = overall(evaluate([(trace(2, first=1), supported)]), "checker")
    assert checker.incorrect is not None
    assert counts(checker.incorrect.recall) == (0, 1)
    assert counts(checker.exact_first_error) == (0, 1)


def test_results_survive_json() -> None:
    for result in (TestLabels.RESULT, Evaluation().result()):
        text = result.model_dump_json(by_alias=True)
        assert '"schema":1' in text
        assert EvaluationResult.model_validate_json(text) == result


def test_memory_does_not_grow_with_traces() -> None:
    evaluation = Evaluation()
    sizes = []
    for _ in range(2):
        for _ in range(300):
            evaluation.add(
                trace(4, first=2, words="NN??"),
                Findings(proposals=(*words_of("NNXX"), *scores_of([0.9, 0.8, 0.2, 0.5]))),
            )
        sizes.append(len(pickle.dumps(evaluation)))
    assert sizes[1] - sizes[0] < 100  # wider counters only


def test_tables_show_the_figures_and_no_markup_of_foreign_names() -> None:
    result = evaluate([(trace(2, first=0, words="XN"), words_of("XN", "[red]judge[/red]"))])
    console = Console(file=io.StringIO(), width=220)
    console.print(render(result))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "[red]judge[/red]" in text
    assert "100.0" in text
    assert "Traces: 1;" in text


def test_tables_keep_their_figures_whole_in_80_columns() -> None:
    result = evaluate([(trace(2, first=0, words="XN"), words_of("XN", "judge" * 8))])
    console = Console(file=io.StringIO(), width=80)
    console.print(render(result))
    assert isinstance(console.file, io.StringIO)
    assert "…" not in console.file.getvalue()
