"""Accounts whose budget is used up: of the server, a user or a project; for a day, a month, or altogether (UTC).

What a price is not known for counts as nothing in dollars; set a budget of tokens beside it where that matters.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, true

from pullwright.tasks.store.tables import budgets, usage


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is used up: which, and in words what was allowed."""

    scope: str
    scope_id: str
    allowed: str

    @property
    def account(self) -> tuple[str, str]:
        """As `plan.Limits` names it: the server's id is empty."""
        return self.scope, "" if self.scope == "server" else self.scope_id


def spent_accounts(connection: Connection, now: float) -> list[Spent]:
    """All accounts that allow nothing more now."""
    found: list[Spent] = []
    for row in connection.execute(select(budgets)).mappings():
        usd, tokens = _used(connection, row["scope"], row["scope_id"], _since(row["period"], now))
        span = {"day": "today", "month": "this month"}.get(row["period"], "altogether")
        if row["usd"] is not None and usd >= row["usd"]:
            allowed = f"${row['usd']:.2f} {span}"
        elif row["tokens"] is not None and tokens >= row["tokens"]:
            allowed = f"{row['tokens']:,} tokens {span}"
        else:
            continue
        found.append(Spent(scope=row["scope"], scope_id=row["scope_id"], allowed=allowed))
    return found


def left_usd(connection: Connection, accounts: Sequence[tuple[str, str]], now: float) -> float | None:
    """How many dollars the tightest of these accounts still allows; None where none of them has a ceiling in dollars."""
    left: list[float] = []
    for row in connection.execute(select(budgets).where(budgets.c.usd.is_not(None))).mappings():
        account = (row["scope"], "" if row["scope"] == "server" else row["scope_id"])
        if account in accounts:
            usd, _ = _used(connection, row["scope"], row["scope_id"], _since(row["period"], now))
            left.append(max(0.0, row["usd"] - usd))
    return min(left, default=None)


def _used(connection: Connection, scope: str, scope_id: str, since: float) -> tuple[float, int]:
    whose: ColumnElement[bool] = true()
    if scope != "server":
        whose = (usage.c.user_id if scope == "user" else usage.c.project_id) == scope_id
    sums = select(func.coalesce(func.sum(usage.c.cost_usd), 0.0), func.coalesce(func.sum(usage.c.input + usage.c.output), 0))
    usd, tokens = connection.execute(sums.where(whose, usage.c.time >= since)).one()
    return float(usd), int(tokens)


def _since(period: str, now: float) -> float:
    day = datetime.datetime.fromtimestamp(now, datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"day": day.timestamp(), "month": day.replace(day=1).timestamp()}.get(period, 0.0)
