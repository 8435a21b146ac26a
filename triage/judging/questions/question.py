"""One question to one judge, and the key under which its answer is kept."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from triage.judging.panel import Judge
from triage.judging.questions.answers import Expected, Form, Judged, read
from triage.providers import Ask

_MOST_STEPS: Final = 20
"""Answered in one reply about a whole trace: a longer one has several, which fit what models write
at most."""
_MORE_TOKENS: Final = 350
"""Allowed for each further step of such a reply: a rationale, quotes and the form around them."""


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt.

    Attributes:
        name: The prompt file's name, version and hash.
        parts: The user's message; all but the last are the same for many questions.
    """

    name: str
    system: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What one judge is asked once.

    Attributes:
        source: Who will have said it: plugin and judge.
        step: The step's index, or None for a question about the whole trace.
        sample: Which of the judge's samples this is, from 0.
    """

    judge: Judge
    prompt: Prompt
    form: Form
    expected: Expected
    source: str
    domain: str
    trace_id: str
    step: int | None
    sample: int = 0

    @cached_property
    def ask(self) -> Ask:
        """The request."""
        judge = self.judge
        return Ask(
            model=judge.model,
            system=self.prompt.system,
            parts=self.prompt.parts,
            schema=self.form.schema,
            max_tokens=judge.max_tokens + _MORE_TOKENS * (len(self.expected.steps) - 1),
            temperature=judge.temperature,
            seed=self.sample or None,
            logprobs=judge.logprobs,
        )

    @cached_property
    def key(self) -> str:
        """SHA-256 of everything that could change the answer: judge, parameters, prompt, content.

        The judge's name, its prices and its patience are no part of it.
        """
        judge, prompt = self.judge, self.prompt
        asked = _written((judge.provider, judge.address, judge.model))
        how = _written((judge.temperature, judge.max_tokens, judge.logprobs, self.sample))
        parts = ", ".join(map(json.dumps, prompt.parts))
        said = f"[{_written(prompt.name)}, {_written(prompt.system)}, [{parts}]]"
        whole = f"[{asked}, {how}, {said}, {self.form.text}]"
        return hashlib.sha256(whole.encode()).hexdigest()

    @property
    def about(self) -> dict[str, Any]:
        """What the ledger keeps about the question beside the answer."""
        return {
            "key": self.key,
            "source": self.source,
            "domain": self.domain,
            "trace_id": self.trace_id,
            "step": self.step,
            "prompt": self.prompt.name,
        }

    def read(self, text: str, finish: str) -> Judged:
        """The answers in a reply to this question."""
        return read(text, finish, self.expected)


def asked_together(count: int, step: int) -> range:
    """The steps of a trace of so many that one question about many of them asks with this one."""
    first = step - step % _MOST_STEPS
    return range(first, min(first + _MOST_STEPS, count))


@lru_cache(maxsize=1_024)
def _written(what: str | tuple[object, ...]) -> str:
    """What many questions share as JSON, written once."""
    return json.dumps(what)
