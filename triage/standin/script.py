"""What the stand-in should do with which request: a script in TOML or JSON."""

import hashlib
import json
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Act(StrEnum):
    """One way to treat a request."""

    ANSWER = "answer"
    """A whole and proper reply."""
    STATUS = "status"
    """The HTTP error `status`, with `retry_after` seconds in its header where given."""
    HANG = "hang"
    """Nothing for `seconds`, then a proper reply."""
    DRIP = "drip"
    """A proper reply, sent in small pieces over `seconds`."""
    DISCONNECT = "disconnect"
    """The connection is closed without a reply."""
    CUT = "cut"
    """The first half of the text, reported as stopped at the token limit."""
    NOT_JSON = "not-json"
    """Prose instead of what was asked for."""
    WRONG_SCHEMA = "wrong-schema"
    """Proper JSON of another form."""
    REFUSAL = "refusal"
    """The provider's own way to refuse."""
    MISSING = "missing"
    """The last item of the first list is left out."""
    DUPLICATE = "duplicate"
    """The first item of the first list comes twice."""


class Rule(BaseModel):
    """One line of the script; the first rule that applies decides.

    Attributes:
        do: What happens.
        share: Share of the requests it applies to, drawn by content and attempt, so that a run can
            be repeated and does not depend on the order of arrival.
        match: A regular expression that the request's text must contain.
        times: How often at most it applies to requests of the same content.
        set: Values put over the answer's fields, by field name, wherever the schema has them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Act = Act.ANSWER
    share: float = Field(default=1.0, ge=0.0, le=1.0)
    match: str | None = None
    times: int | None = Field(default=None, ge=1)
    status: int = Field(default=500, ge=400, le=599)
    retry_after: float | None = Field(default=None, ge=0.0)
    seconds: float = Field(default=30.0, ge=0.0)
    set: dict[str, Any] = Field(default_factory=dict)


class Batches(BaseModel):
    """How batches go: how long they take and what becomes of their requests.

    Attributes:
        broken_share: Share of the lines of results that end in the middle.
        twice_share: Share of the lines of results that come twice.
        strangers: Lines of results for requests that nobody made.
        refused: What the whole batch is refused with: OpenAI's when it is looked up, Anthropic's
            when it is handed in.
        silent: How many batches are taken at first without a reply that says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(default=0.0, ge=0.0)
    expired_share: float = Field(default=0.0, ge=0.0, le=1.0)
    errored_share: float = Field(default=0.0, ge=0.0, le=1.0)
    broken_share: float = Field(default=0.0, ge=0.0, le=1.0)
    twice_share: float = Field(default=0.0, ge=0.0, le=1.0)
    strangers: int = Field(default=0, ge=0)
    refused: str = ""
    silent: int = Field(default=0, ge=0)


class Script(BaseModel):
    """A whole script.

    Attributes:
        seed: Draws the shares.
        latency: Seconds before every reply.
        items: A regular expression whose first group finds the numbers that a list in the answer
            should have an item for; each item's integer field is set to its number.
        choose: Weights of the values of enumerated fields, by field name.
        logprob: Natural logarithm of every token's probability, where logprobs are asked for.
        keys: API keys that are let in; empty lets any in.
        models: Models that exist; empty means all do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    latency: float = Field(default=0.0, ge=0.0)
    items: str | None = None
    choose: dict[str, dict[str, float]] = Field(default_factory=dict)
    logprob: float = Field(default=-0.05, le=0.0)
    keys: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    batches: Batches = Batches()

    @classmethod
    def read(cls, path: Path) -> "Script":
        """The script in a `.toml` or `.json` file."""
        text = path.read_text(encoding="utf-8")
        return cls.model_validate(
            tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        )

    def rule_for(self, key: str, attempt: int, text: str, used: dict[tuple[int, str], int]) -> Rule:
        """The rule that applies to the `attempt`-th request of this content.

        Args:
            key: Content key of the request.
            attempt: How often the same content was asked for before.
            text: The request's text.
            used: How often each rule was applied to each content; counted up here.
        """
        for number, rule in enumerate(self.rules):
            if rule.share < 1.0 and draw(self.seed, number, key, attempt) >= rule.share:
                continue
            if rule.match is not None and not re.search(rule.match, text):
                continue
            if rule.times is not None:
                if used.get((number, key), 0) >= rule.times:
                    continue
                used[number, key] = used.get((number, key), 0) + 1
            return rule
        return Rule()


def draw(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
