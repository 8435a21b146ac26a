"""Agreement with human words on every labelled step."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from triage.evaluate.results import LabelMetrics, PerLabel
from triage.evaluate.said import Said
from triage.evaluate.tallies.rates import rate
from triage.evaluate.truth import Truth
from triage.records import LABELS, Validity, Word

NONE = "none"
ANSWERS = (*LABELS, *Validity, NONE)
_INVALID = {str(Word.INCORRECT), str(Word.INCOMPLETE), str(Validity.INVALID)}
"""Words and answers that call a step invalid."""


class LabelTally:
    """A confusion matrix: the human's word against the source's answer."""

    def __init__(self) -> None:
        self._counts: defaultdict[Word, Counter[str]] = defaultdict(Counter)

    def add(self, truth: Truth, steps: Sequence[Said]) -> None:
        """Count the labelled steps of one trace."""
        for word, step in zip(truth.words, steps, strict=True):
            if word is not None:
                self._counts[word][step.label or step.validity or NONE] += 1

    def result(self) -> LabelMetrics | None:
        """The matrix so far and what follows from it; None without a labelled step."""
        if not self._counts:
            return None
        labelled = [word for word in Word if word is not Word.CORRECT]
        return LabelMetrics(
            steps=sum(row.total() for row in self._counts.values()),
            by_label={str(label): self._per_label(labelled, {str(label)}) for label in LABELS},
            invalid=self._per_label(list(Word), _INVALID),
            confusion={
                str(word): {str(answer): row[answer] for answer in ANSWERS if row[answer]}
                for word in Word
                if (row := self._counts.get(word))
            },
        )

    def _per_label(self, words: Sequence[Word], names: set[str]) -> PerLabel:
        """Precision and recall over the steps with these human words."""
        both = said = meant = 0
        for word in words:
            for answer, count in self._counts[word].items():
                both += count * (word in names and answer in names)
                said += count * (answer in names)
                meant += count * (word in names)
        return PerLabel(precision=rate(both, said), recall=rate(both, meant))
