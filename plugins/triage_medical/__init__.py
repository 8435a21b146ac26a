"""Medicine: a panel of judges on clinical reasoning."""

from triage.judging.plugin import judge_plugins

isolated, whole, informed = judge_plugins(
    "medical",
    version="1",
    summary="Clinical reasoning: findings, knowledge, inference, action, guidance.",
    domains=("medical", "medicine", "health"),
    credential="medical",
    prompt_for=lambda _domain: "medical/step_judge",
)
