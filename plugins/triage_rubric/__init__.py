"""Any domain from one TOML file and a prompt: finance and science ship this way."""

from triage.judging.plugin import judge_plugins
from triage.promptbook import PromptBook

_SHIPPED = PromptBook().rubrics

isolated, whole, informed = judge_plugins(
    "rubric",
    version="1",
    summary="Domains that are a rubric file: "
    f"{', '.join(rubric.name for rubric in _SHIPPED)}, and those in the folders of `prompts`.",
    domains=tuple(dict.fromkeys(word for rubric in _SHIPPED for word in rubric.domains)),
    credential=None,
    prompt_for=None,
)
