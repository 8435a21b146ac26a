"""What calls cost, in whole billionths of a dollar: sums of millions of calls stay exact."""

import json
import math
from typing import Final

from triage.judging.panel import Price
from triage.providers import Ask, Usage

NANO: Final = 1_000_000_000
"""Billionths in a dollar."""
_OVERHEAD_TOKENS: Final = 1_000
"""Allowed for what a provider adds to a prompt by itself: roles, and how to write the form."""
BATCH_SHARE: Final = 0.5
"""What a call in a batch costs, as a share of the same call made at once."""


def nano(usd: float) -> int:
    """Dollars in billionths."""
    return round(usd * NANO)


def cost(price: Price | None, usage: Usage, share: float = 1.0) -> int:
    """What a call cost, in billionths of a dollar; 0 where no price is known."""
    if price is None:
        return 0
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    dollars_per_million = (
        usage.input * price.input
        + usage.output * price.output
        + usage.cache_read * read
        + usage.cache_write * write
    )
    return math.ceil(dollars_per_million * share * (NANO // 1_000_000))


def bill(price: Price | None, ask: Ask, usage: Usage | None, share: float = 1.0) -> int:
    """What a call is booked at: its cost, or its worst case where its tokens were not counted."""
    if price is None:
        return 0
    return worst_case(price, ask, share) if usage is None else cost(price, usage, share)


def worst_case(price: Price, ask: Ask, share: float = 1.0) -> int:
    """The most a call can cost, in billionths of a dollar.

    A token is at least a byte of the prompt, so the bytes of all that is sent bound the input; the
    output is bounded by the request itself.
    """
    texts = (ask.system, *ask.parts, json.dumps(ask.schema))
    tokens = sum(len(text.encode()) for text in texts) + _OVERHEAD_TOKENS
    dearest = max(price.input, price.cache_write or 0.0)
    dollars_per_million = tokens * dearest + ask.max_tokens * price.output
    return math.ceil(dollars_per_million * share * (NANO // 1_000_000))
