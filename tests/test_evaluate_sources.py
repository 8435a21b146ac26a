"""First errors and coverage of sources, on hand-made traces with hand-computed figures."""

import pytest
from evaluate_cases import CLEAN, counts, evaluate, overall, trace, words_of

from triage.evaluate import Evaluation, Rate, truth_of
from triage.records import (
    Abstention,
    Failure,
    Findings,
    Label,
    OutsideJudgement,
    Proposal,
    Validity,
    Word,
)


class TestTruth:
    def test_before_the_first_error_valid_at_it_invalid_after_it_unknown(self) -> None:
        truth = truth_of(trace(4, first=2))
        assert truth.validity == (Validity.VALID, Validity.VALID, Validity.INVALID, None)
        assert truth.erroneous

    def test_without_an_error_all_are_valid(self) -> None:
        assert truth_of(trace(2, first=CLEAN)).validity == (Validity.VALID,) * 2

    def test_without_labels_nothing_is_known(self) -> None:
        truth = truth_of(trace(2))
        assert truth.validity == (None, None)
        assert not truth.erroneous
        assert not truth.error_free

    def test_a_word_goes_before_the_position(self) -> None:
        truth = truth_of(trace(4, first=1, words="I?XR"))
        assert truth.validity == (
            Validity.INVALID,
            Validity.INVALID,
            Validity.INVALID,
            Validity.VALID,
        )
        assert truth.first_error == 1

    @pytest.mark.parametrize(
        ("words", "known", "first"),
        [
            ("NCIX", True, 2),
            ("NN", True, None),
            ("N?X", False, None),
            ("NX?", True, 1),
            ("NN?", False, None),
        ],
    )
    def test_words_alone_tell_the_first_error_if_none_is_missing_before(
        self, words: str, known: bool, first: int | None
    ) -> None:
        truth = truth_of(trace(len(words), words=words))
        assert (truth.first_error_known, truth.first_error) == (known, first)


class TestFirstError:
    """Five traces; the flags are (before | at | after the first error)."""

    RESULT = evaluate(
        [
            (trace(4, first=2), words_of("NNXX")),  # exact; the flag after it counts nowhere
            (trace(4, first=2), words_of("NXXN")),  # one alarm before, and a hit
            (trace(3, first=1), words_of("NIN")),  # a hit for `invalid` only
            (trace(3, first=CLEAN), words_of("XRN")),  # one alarm on a right trace
            (trace(2, first=CLEAN), words_of("NN")),  # exact
        ]
    )
    JUDGE = overall(RESULT)

    def test_incorrect(self) -> None:
        assert self.JUDGE.incorrect is not None
        assert counts(self.JUDGE.incorrect.precision) == (2, 4)
        assert counts(self.JUDGE.incorrect.recall) == (2, 3)
        assert counts(self.JUDGE.incorrect.alarms_before) == (1, 5)
        assert counts(self.JUDGE.incorrect.alarms_in_right) == (1, 5)

    def test_invalid(self) -> None:
        assert self.JUDGE.invalid is not None
        assert counts(self.JUDGE.invalid.precision) == (3, 5)
        assert counts(self.JUDGE.invalid.recall) == (3, 3)

    def test_exact_first_error_and_processbench(self) -> None:
        assert counts(self.JUDGE.exact_first_error) == (3, 5)
        bench = self.JUDGE.processbench
        assert bench is not None
        assert counts(bench.erroneous) == (2, 3)
        assert counts(bench.error_free) == (1, 2)
        assert bench.f1 == pytest.approx(2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))

    def test_a_trace_with_an_unknown_first_error_counts_nowhere(self) -> None:
        judge = overall(evaluate([(trace(3), words_of("XXX"))]))
        assert judge.incorrect is not None
        assert judge.incorrect.precision == Rate(count=0, of=0, share=None)
        assert judge.incorrect.recall.share is None
        assert judge.processbench is not None
        assert judge.processbench.f1 is None

    def test_f1_needs_both_kinds_of_trace_and_is_zero_if_nothing_is_right(self) -> None:
        only_wrong = overall(evaluate([(trace(2, first=0), words_of("XN"))])).processbench
        assert only_wrong is not None
        assert only_wrong.f1 is None
        both = [(trace(2, first=0), words_of("NN")), (trace(2, first=CLEAN), words_of("XN"))]
        nothing_right = overall(evaluate(both)).processbench
        assert nothing_right is not None
        assert nothing_right.f1 == 0.0

    def test_a_validity_without_a_label_flags_invalid_only(self) -> None:
        judge = overall(evaluate([(trace(2, first=1), words_of("vi"))]))
        assert judge.incorrect is not None
        assert judge.invalid is not None
        assert counts(judge.incorrect.recall) == (0, 1)
        assert counts(judge.invalid.recall) == (1, 1)

    def test_a_flag_after_the_error_counts_nowhere_even_on_a_step_known_to_be_valid(self) -> None:
        judge = overall(evaluate([(trace(3, words="NXN"), words_of("NXX"))]))
        assert judge.incorrect is not None
        assert counts(judge.incorrect.precision) == (1, 1)
        assert counts(judge.incorrect.alarms_before) == (0, 1)

    def test_a_step_that_its_word_calls_invalid_is_no_false_alarm(self) -> None:
        judge = overall(evaluate([(trace(3, first=2, words="I??"), words_of("INX"))]))
        assert judge.invalid is not None
        assert counts(judge.invalid.precision) == (1, 1)
        assert counts(judge.invalid.alarms_before) == (0, 1)


class TestCoverage:
    def test_proposals_abstentions_and_failures_are_told_apart(self) -> None:
        findings = Findings(
            proposals=(
                Proposal(step=0, source="checker", label=Label.INCORRECT),
                Proposal(step=1, source="checker"),
            ),
            abstentions=(Abstention(step=2, source="checker", why="no-claim"),),
            failures=(Failure(step=3, source="checker", why="timeout"),),
        )
        evaluation = Evaluation()
        evaluation.add(trace(5), findings)
        checker = overall(evaluation.result(), "checker")
        assert counts(checker.judged) == (1, 5)
        assert counts(checker.evidence) == (2, 5)
        assert counts(checker.abstained) == (1, 5)
        assert counts(checker.failed) == (1, 5)

    def test_a_failure_is_not_a_clean_trace(self) -> None:
        evaluation = Evaluation()
        failures = tuple(Failure(step=i, source="judge", why="timeout") for i in range(2))
        evaluation.add(trace(2, first=CLEAN), Findings(failures=failures))
        evaluation.add(
            trace(2, first=0),
            Findings(proposals=tuple(words_of("X-")), failures=failures[1:]),
        )
        assert counts(overall(evaluation.result()).exact_first_error) == (1, 2)

    def test_a_plugin_of_another_domain_takes_no_part(self) -> None:
        evaluation = Evaluation()
        why = Abstention(step=0, source="math", why="domain")
        evaluation.add(trace(1, first=0, domain="legal"), Findings(abstentions=(why,)))
        assert evaluation.result().sources == ()

    def test_domains_add_up_to_the_whole(self) -> None:
        result = evaluate(
            [
                (trace(2, first=0, domain="math"), words_of("XN")),
                (trace(3, first=0, domain="legal"), words_of("NNN")),
            ]
        )
        by_domain = {it.domain: it for it in result.sources}
        assert list(by_domain) == [None, "legal", "math"]
        assert {domain: it.steps for domain, it in by_domain.items()} == {
            None: 5,
            "legal": 3,
            "math": 2,
        }
        recalls = {
            domain: it.incorrect and it.incorrect.recall.share for domain, it in by_domain.items()
        }
        assert recalls == {None: 0.5, "legal": 0.0, "math": 1.0}

    def test_several_answers_of_one_source_become_the_most_frequent_or_none(self) -> None:
        thrice = [*words_of("XXN"), *words_of("XNN"), *words_of("IRX")]
        judge = overall(evaluate([(trace(3, words="XNN"), thrice)]))
        assert judge.labels is not None
        assert judge.labels.confusion == {
            "incorrect": {"incorrect": 1},
            "necessary": {"necessary": 1, "valid": 1},
        }
        tied = overall(evaluate([(trace(1, first=0), [*words_of("X"), *words_of("N")])]))
        assert counts(tied.judged) == (0, 1)

    def test_sources_that_saw_the_reference_are_marked(self) -> None:
        outside = OutsideJudgement(
            source="informed", step_labels=(Word.CORRECT,), saw_reference=True
        )
        one = trace(1, first=CLEAN).model_copy(update={"proposals": (outside,)})
        result = evaluate([(one, [*words_of("C", "informed"), *words_of("C", "blind")])])
        assert overall(result, "informed").saw_reference
        assert not overall(result, "blind").saw_reference
