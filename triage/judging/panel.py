"""A panel is configuration: which judges there are, where they are asked and what they cost."""

import os
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from triage.plugininfo import Sees
from triage.records import Record

_ENDPOINTS: Final = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
"""Where a provider is without a URL of the judge's own: what its SDK reads, else the usual."""


class Mode(StrEnum):
    """How many questions a judge is asked."""

    STEP = "step"
    """One a step: the judge sees the problem, the earlier steps and this one."""
    TRACE = "trace"
    """One a trace: cheaper, but the judge sees where the reasoning went."""


class See(StrEnum):
    """Whether a judge knows the answer."""

    BLIND = "blind"
    REFERENCE = "reference"
    """The known right answer is in the prompt; proposals are marked with it."""


class Price(Record):
    """US dollars per million tokens. Cache prices are the input's where they are not given."""

    input: float = Field(ge=0.0, allow_inf_nan=False)
    output: float = Field(ge=0.0, allow_inf_nan=False)
    cache_read: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    cache_write: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)


class Judge(Record):
    """One judge: a model at a provider, and how it is asked.

    Attributes:
        url: Another endpoint of the provider's form, e.g. vLLM's or Ollama's `.../v1`.
        key_env: Environment variable with the key, where it is not the provider's usual one.
        samples: How often each question is asked; the spread of the answers is the confidence.
        temperature: None leaves it to the model; some models take none.
        max_tokens: Longest answer about one step, reasoning included; bounds what a call can cost.
        price: None is unknown: such a judge cannot be asked under a money limit.
        in_flight: Most calls at once; fewer while the provider throttles.
        per_minute: Most calls begun in a minute.
        timeout_seconds: Longest wait for one call.
        deadline_seconds: Longest wait for an answer, all tries together.
        attempts: Most tries of one call.
        batch: Whether runs have it answer through its provider's batches.
        poll_seconds: How often to look whether a batch has ended.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    provider: Literal["openai", "anthropic", "litellm"]
    model: str = Field(min_length=1)
    url: str | None = None
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    samples: int = Field(default=1, ge=1, le=64)
    temperature: float | None = Field(default=None, ge=0.0, le=2.0)
    max_tokens: int = Field(default=1_200, ge=16)
    logprobs: bool = False
    price: Price | None = None
    mode: Mode = Mode.STEP
    see: See = See.BLIND
    in_flight: int = Field(default=16, ge=1, le=4_096)
    per_minute: float | None = Field(default=None, gt=0.0)
    timeout_seconds: float = Field(default=90.0, gt=0.0)
    deadline_seconds: float = Field(default=600.0, gt=0.0)
    attempts: int = Field(default=6, ge=1)
    batch: bool = False
    poll_seconds: float = Field(default=60.0, gt=0.0)

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is None:
            return url
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} should begin with http:// or https://")
        if not urlsplit(url).hostname:
            raise ValueError(f"{url!r} names no machine")
        return url

    @field_validator("batch")
    @classmethod
    def _has_batches(cls, wanted: bool, info: ValidationInfo) -> bool:
        if wanted and info.data.get("provider") == "litellm":
            raise ValueError("only openai and anthropic have batches: leave it out")
        return wanted

    def fits(self, sees: Sees) -> bool:
        """Whether a plugin that sees so much of a trace asks this judge."""
        if sees is Sees.REFERENCE or self.see is See.REFERENCE:
            return sees is Sees.REFERENCE and self.see is See.REFERENCE
        return self.mode is (Mode.TRACE if sees is Sees.TRACE else Mode.STEP)

    def may_judge(self, reference_answer: str | None) -> bool:
        """Whether a trace has what the judge is to see: without it it would be a blind judge."""
        return self.see is not See.REFERENCE or bool(reference_answer)

    @property
    def asks(self) -> tuple[object, ...]:
        """What its questions and answers depend on beside its samples."""
        how = (self.temperature, self.max_tokens, self.logprobs, self.mode, self.see)
        return (self.provider, self.address, self.model, *how)

    @property
    def address(self) -> str | None:
        """The URL that this judge or the environment names; None is the provider's usual one."""
        variable, _ = _ENDPOINTS.get(self.provider, ("", ""))
        return self.url or os.environ.get(variable) or None

    @property
    def endpoint(self) -> str:
        """Where traces go when this judge is asked, for people to read."""
        _, usual = _ENDPOINTS.get(self.provider, ("", f"where litellm sends {self.model}"))
        return self.address or usual

    @property
    def endpoint_setting(self) -> str | None:
        """What sets the endpoint; None where it is the provider's usual one."""
        if self.url:
            return f"judges.{self.name}.url"
        return _ENDPOINTS[self.provider][0] if self.address else None
