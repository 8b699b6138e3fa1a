"""Ceilings for keys, users, projects and the server, and what is left of them."""

from __future__ import annotations

import calendar
import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, or_

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import BudgetLimit, BudgetScope, Period
from pullwright.tasks.store.tables import budgets
from pullwright.tasks.store.usage import DAY
from pullwright.tasks.store.usage_days import used_since

ROWS = Rows(budgets, BudgetLimit)

Account = tuple[str, str, str]
"""User, project and key (empty: none) that something is charged to."""


class BudgetLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A ceiling, what was used of it in the period that runs, and when that ends (None: never).

    Calls of unknown price count in tokens and not in money; `unpriced` says how many there were.
    """

    limit: BudgetLimit
    used_usd: float = 0.0
    used_tokens: int = 0
    unpriced: int = 0
    ends: float | None = None

    @property
    def usd(self) -> float | None:
        """Dollars left, never below 0; None: no ceiling in money."""
        return None if self.limit.usd is None else max(0.0, self.limit.usd - self.used_usd)

    @property
    def tokens(self) -> int | None:
        """Tokens left, never below 0; None: no ceiling in tokens."""
        return None if self.limit.tokens is None else max(0, self.limit.tokens - self.used_tokens)

    @property
    def spent(self) -> bool:
        """True when nothing more may be used."""
        return self.usd == 0.0 or self.tokens == 0


def put_budget(connection: Connection, limit: BudgetLimit) -> None:
    """Set a ceiling; one without money and tokens removes it."""
    where = (budgets.c.scope == limit.scope, budgets.c.scope_id == limit.scope_id, budgets.c.period == limit.period)
    if limit.usd is None and limit.tokens is None:
        ROWS.remove(connection, *where)
    elif not ROWS.add_new(connection, limit):
        ROWS.change(connection, *where, usd=limit.usd, tokens=limit.tokens)


def list_budgets(connection: Connection, scope: BudgetScope | None = None, scope_id: str | None = None) -> list[BudgetLimit]:
    """All ceilings, or those of a scope, or of one key, user or project."""
    where = [] if scope is None else [budgets.c.scope == scope]
    if scope_id is not None:
        where.append(budgets.c.scope_id == scope_id)
    return ROWS.all(connection, *where, order=(budgets.c.scope, budgets.c.scope_id, budgets.c.period))


def left_for(connection: Connection, user_id: str, project_id: str, now: float, key_id: str = "") -> list[BudgetLeft]:
    """What is left of every ceiling that holds for what is charged to these."""
    return [budget_left(connection, limit, now) for limit in limits_for(connection, user_id, project_id, key_id)]


def limits_for(connection: Connection, user_id: str, project_id: str, key_id: str = "") -> list[BudgetLimit]:
    """Every ceiling that holds for what is charged to these: the key's, the user's, the project's, the server's. Empty: none."""
    account = (user_id, project_id, key_id)
    return limits_of(connection, [account])[account]


def limits_of(connection: Connection, accounts: Sequence[Account]) -> dict[Account, list[BudgetLimit]]:
    """The same for several, by user, project and key."""
    users, projects, keys = (sorted({account[at] for account in accounts} - {""}) for at in range(3))
    named: Sequence[tuple[BudgetScope, list[str]]] = (("key", keys), ("user", users), ("project", projects), ("server", [""]))
    where = or_(*(and_(budgets.c.scope == scope, budgets.c.scope_id.in_(ids)) for scope, ids in named if ids))
    found: dict[tuple[str, str], list[BudgetLimit]] = {}
    for limit in ROWS.all(connection, where, order=budgets.c.period):
        found.setdefault((limit.scope, limit.scope_id), []).append(limit)
    return {
        (user, project, key): [
            limit for of in (("key", key), ("user", user), ("project", project), ("server", "")) for limit in found.get(of, ())
        ]
        for user, project, key in accounts
    }


def allowed_by(left: BudgetLeft) -> str:
    """What a ceiling allows, in words: `$5.00 today`."""
    span = {"day": "today", "month": "this month"}.get(left.limit.period, "altogether")
    return f"${left.limit.usd:.2f} {span}" if left.usd == 0.0 else f"{left.limit.tokens:,} tokens {span}"


def budget_left(connection: Connection, limit: BudgetLimit, now: float) -> BudgetLeft:
    """What is left of one ceiling."""
    begin, end = period_of(limit.period, now)
    of = {} if limit.scope == "server" else {limit.scope: limit.scope_id}
    used = used_since(connection, int(begin // DAY), **of)
    return BudgetLeft(limit=limit, used_usd=used.cost_usd, used_tokens=used.tokens, unpriced=used.unpriced, ends=end)


def period_of(period: Period, now: float) -> tuple[float, float | None]:
    """When the period that runs now began and when it ends, in UTC; a total one has no end."""
    year, month, day, *_ = time.gmtime(now)
    if period == "day":
        begin = calendar.timegm((year, month, day, 0, 0, 0))
        return float(begin), begin + 86400.0
    if period == "month":
        later = (year + month // 12, month % 12 + 1, 1, 0, 0, 0)
        return float(calendar.timegm((year, month, 1, 0, 0, 0))), float(calendar.timegm(later))
    return 0.0, None
