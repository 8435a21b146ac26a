"""Law: a panel of judges on issue, rule, application and conclusion."""

from triage.judging.plugin import judge_plugins

isolated, whole, informed = judge_plugins(
    "legal",
    version="1",
    summary="Legal reasoning: issue, rule, application, authority, conclusion.",
    domains=("legal", "law"),
    credential="legal",
    prompt_for=lambda _domain: "legal/step_judge",
)
