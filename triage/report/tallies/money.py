"""Tells what judges were paid, by judge, domain and step."""

from typing import Final

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.report.work_figures import JudgeCost, Money
from triage.store.run.spending import JudgeSpending, judge_balance, spent_by_judge

_NANO: Final = 1e9


def money(connection: Connection, settings: Settings) -> Money:
    """What judges were paid in all runs on the store."""
    spent, held = judge_balance(connection)
    return Money(
        spent_usd=spent / _NANO,
        held_usd=held / _NANO,
        job_limit_usd=settings.jobs.budget_usd,
        prelabel_limit_usd=settings.jobs.prelabel_budget_usd,
        judges=tuple(map(_cost, spent_by_judge(connection))),
    )


def _cost(one: JudgeSpending) -> JudgeCost:
    usd = one.cost_nano / _NANO
    return JudgeCost(
        judge=one.source,
        domain=one.domain,
        calls=one.calls,
        steps=one.steps,
        input_tokens=one.input_tokens,
        output_tokens=one.output_tokens,
        usd=usd,
        usd_per_step=usd / one.steps if one.steps else None,
    )
