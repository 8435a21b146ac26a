"""Any domain from one TOML file and a prompt: finance and science ship this way."""

from triage.judging.plugin import judge_plugins
from triage_rubric.files import shipped

_RUBRICS = shipped()
_PROMPTS = {domain: rubric.prompt for rubric in _RUBRICS for domain in rubric.domains}

isolated, whole, informed = judge_plugins(
    "rubric",
    version="1",
    summary=f"Domains that are a rubric file: {', '.join(rubric.name for rubric in _RUBRICS)}.",
    domains=tuple(_PROMPTS),
    credential=None,
    prompt_for=_PROMPTS.get,
)
