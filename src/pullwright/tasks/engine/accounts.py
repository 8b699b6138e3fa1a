"""Accounts whose budget is used up: of the server, a project, a user or a key; for a day, a month, or altogether (UTC)."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.store.budgets import allowed_by, budget_left, list_budgets
from pullwright.tasks.store.rows.accounts import BudgetScope


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
    return [Spent(scope=one.limit.scope, scope_id=one.limit.scope_id, allowed=allowed_by(one)) for one in left if one.spent]
