"""Accounts whose budget is used up: of the server, a user or a project; for a day, a month, or altogether (UTC)."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.store.budgets import budget_left, list_budgets
from pullwright.tasks.store.rows.accounts import BudgetLimit, BudgetScope


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is used up: which (the server's id is empty), and in words what was allowed."""

    scope: BudgetScope
    scope_id: str
    allowed: str

    @property
    def account(self) -> tuple[str, str]:
        """As `plan.Limits` names it."""
        return self.scope, self.scope_id


def spent_accounts(connection: Connection, now: float) -> list[Spent]:
    """All accounts that allow nothing more now. What a call of unknown price cost counts in tokens alone."""
    left = [budget_left(connection, limit, now) for limit in list_budgets(connection)]
    return [
        Spent(scope=one.limit.scope, scope_id=one.limit.scope_id, allowed=_allowed(one.limit, in_money=one.usd == 0.0))
        for one in left
        if one.spent
    ]


def _allowed(limit: BudgetLimit, *, in_money: bool) -> str:
    span = {"day": "today", "month": "this month"}.get(limit.period, "altogether")
    return f"${limit.usd:.2f} {span}" if in_money else f"{limit.tokens:,} tokens {span}"
