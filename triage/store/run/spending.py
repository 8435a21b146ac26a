"""Tells what plugins and judges were paid."""

from typing import NamedTuple

from sqlalchemy import Connection, Text, case, func, select

from triage.store.tables.judge_tables import judge_accounts, judge_answers
from triage.store.tables.schema import findings


class JudgeSpending(NamedTuple):
    """What a judge was asked in a domain, and what that cost in billionths of a dollar."""

    source: str
    domain: str
    calls: int
    steps: int
    input_tokens: int
    output_tokens: int
    cost_nano: int


def spent_by_plugin(connection: Connection) -> dict[str, float]:
    """What the answers of each plugin cost in USD, replaced and failed ones included."""
    query = (
        select(findings.c.plugin, func.sum(findings.c.cost_usd))
        .group_by(findings.c.plugin)
        .order_by(findings.c.plugin)
    )
    return {row[0]: float(row[1]) for row in connection.execute(query)}


def spent_by_judge(connection: Connection, account: str | None = None) -> list[JudgeSpending]:
    """Calls, steps, tokens and money by judge and domain; of one account, or of all."""
    a = judge_answers.c
    of_a_step = case((a.step.is_(None), a.trace_id), else_=a.trace_id + ":" + a.step.cast(Text))
    query = (
        select(
            a.source,
            a.domain,
            func.count(),
            func.count(of_a_step.distinct()),
            func.sum(a.input + a.cache_read + a.cache_write),
            func.sum(a.output),
            func.sum(a.cost_nano),
        )
        .group_by(a.source, a.domain)
        .order_by(a.source, a.domain)
    )
    if account is not None:
        query = query.where(a.account == account)
    # PostgreSQL gives sums as decimals
    return [
        JudgeSpending(source, domain, *map(int, numbers))
        for source, domain, *numbers in connection.execute(query)
    ]


def judge_balance(connection: Connection) -> tuple[int, int]:
    """What all accounts have spent and set aside, in billionths of a dollar."""
    a = judge_accounts.c
    spent, held = connection.execute(select(func.sum(a.spent_nano), func.sum(a.held_nano))).one()
    return int(spent or 0), int(held or 0)
