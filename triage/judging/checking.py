"""Sees whether judges can be asked, before a run finds out: the key, the URL and the model."""

import asyncio
from collections.abc import Sequence
from typing import Final

from triage.errors import MissingExtraError, TriageError
from triage.judging.calls.connecting import connect_judge
from triage.judging.panel import Judge
from triage.providers import Provider
from triage.providers.errors import (
    BrokenOffError,
    KeyRefusedError,
    LateError,
    ModelUnknownError,
    OutOfCreditError,
    ProviderError,
    RequestRefusedError,
    ThrottledError,
    TroubleError,
    UnreachableError,
)
from triage.runtime.proxies import proxy_to

_SECONDS: Final = 10.0
_KEYS: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


async def check_all(panel: Sequence[Judge]) -> list[tuple[Judge, TriageError, str]]:
    """The judges that cannot be asked, each with what is wrong and what to do about it.

    OpenAI's and Anthropic's endpoints are asked for their models, which costs nothing and sends
    nothing of any trace. A model behind litellm is asked to say one word.
    """
    # opened first: loading an SDK can take longer than the clock gives the others to answer
    opened = [_opened(judge) for judge in panel]
    found = await asyncio.gather(*map(_checked, panel, opened))
    return [
        (judge, why, _advice(judge, why))
        for judge, why in zip(panel, found, strict=True)
        if why is not None
    ]


def _opened(judge: Judge) -> Provider | TriageError:
    try:
        return connect_judge(judge)
    except TriageError as why:
        return why


async def _checked(judge: Judge, provider: Provider | TriageError) -> TriageError | None:
    if isinstance(provider, TriageError):
        return provider
    try:
        async with asyncio.timeout(_SECONDS):
            await provider.check(judge.model)
    except TimeoutError:
        return LateError(f"no reply within {_SECONDS:g} s")
    except ProviderError as why:
        return why
    finally:
        await provider.close()
    return None


def _advice(judge: Judge, why: TriageError) -> str:
    place = f"judges.{judge.name}"
    match why:
        case KeyRefusedError():
            key = judge.key_env or _KEYS.get(judge.provider, "the provider's variable")
            return f"see that {key} holds a key that may use this model"
        case ModelUnknownError():
            url = judge.endpoint_setting or f"{place}.url"
            return f"correct {place}.model; if it is right, {url} leads to something else"
        case ThrottledError() | TroubleError():
            if judge.endpoint_setting:
                return f"correct {judge.endpoint_setting}, or see what ails the server there"
            return "try again later: the provider is in trouble, or has too much to do"
        case RequestRefusedError():
            asks = f"{place}.temperature, logprobs or max_tokens"
            return f"correct {place}.model, or what the model does not take: {asks}"
        case OutOfCreditError():
            return "add credit to the provider's account"
        case UnreachableError() | LateError() | BrokenOffError():
            given = judge.endpoint_setting
            where = f"correct {given}" if given else "see that this machine has a network"
            proxy = proxy_to(judge.endpoint)
            way = f" through the proxy {proxy}" if proxy else " from here"
            return f"{where}, and see that {judge.endpoint} can be reached{way}"
        case MissingExtraError():
            return "pip install 'steptriage[judges]'"
    return "mend it, or leave the judge out of the settings"
