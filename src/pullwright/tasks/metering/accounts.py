"""What a call is charged to, and whether that still allows it: key, user, project, server.

What an account used is summed by the database, when it is asked. Where that takes long it is believed for a while, and what this
process charges meanwhile is added; near its ceiling an account is summed each time.
"""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.protocol.errors import BudgetSpent, Forbidden, NotFound
from pullwright.tasks.metering.together import Together
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.store.budgets import Account, BudgetLeft, allowed_by, budget_left, limits_of
from pullwright.tasks.store.rows.accounts import BudgetLimit

QUICK = 0.005
"""What is summed in less time is summed each time."""
COST = 10.0
"""What took longer is believed for as many times longer: money is looked at with a tenth of a reader at most."""
LONGEST = 3.0
NEAR = 0.1
"""The share of a ceiling that is left from which on it is looked at each time, whatever that costs."""
KEPT = 1_000


class _Summed(msgspec.Struct, eq=False):
    left: BudgetLeft
    until: float


class Accounts:
    """The ceilings of whoever calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._limits = Together(database, limits_of)
        self._summed: dict[BudgetLimit, _Summed] = {}

    async def check(self, user_id: str, project_id: str, key_id: str) -> None:
        """Raises `BudgetSpent` when one of the ceilings is reached. Open calls count with what they are estimated at."""
        limits = await self._limits.ask((user_id, project_id, key_id))
        for limit in limits:
            left = await self._look(limit)
            if left.spent:
                until = "" if left.ends is None else f"Wait until {_utc(left.ends)}, or "
                fix = f"{until}ask an administrator for more."
                raise BudgetSpent(f"the {limit.scope}'s budget of {allowed_by(left)} is used up", fix=fix)

    def charge(self, account: Account, tokens: int, cost_usd: float | None) -> None:
        """So much more was used (or less than was thought)."""
        user, project, key = account
        mine = {("user", user), ("project", project), ("key", key), ("server", "")}
        for summed in self._summed.values():
            left = summed.left
            if (left.limit.scope, left.limit.scope_id) in mine:
                used = {"used_tokens": left.used_tokens + tokens, "used_usd": left.used_usd + (cost_usd or 0.0)}
                summed.left = msgspec.structs.replace(left, **used)

    async def _look(self, limit: BudgetLimit) -> BudgetLeft:
        begun = time.monotonic()
        known = self._summed.get(limit)
        if known is not None and begun < known.until and not _is_near(known.left):
            return known.left
        left = await self._database.read(_sum, limit)
        took = time.monotonic() - begun
        self._summed.pop(limit, None)
        if took > QUICK:
            self._summed[limit] = _Summed(left, begun + min(LONGEST, COST * took))
            if len(self._summed) > KEPT:
                del self._summed[next(iter(self._summed))]
        return left


def check_may_call(actor: Actor, model: str, project_id: str) -> None:
    """Raises `Forbidden` for what the actor may not do at all, and `NotFound` for a project that they have no role in."""
    actor.require("model.call")
    check_model(actor, model)
    if actor.only_project is not None and project_id not in ("", actor.only_project):
        raise Forbidden("the key is bound to another project", fix="Leave the project out: its calls are charged to its own.")
    charged = project_id or actor.only_project or ""
    if charged and not actor.is_admin and charged not in actor.roles:
        raise NotFound(f"there is no project {charged}")


def check_model(actor: Actor, model: str) -> None:
    """Raises `Forbidden` for a model that is not on the key's list."""
    if not actor.may_call(model):
        fix = f"Call one of {', '.join(actor.models or ())}, or ask for a key that may call it."
        raise Forbidden(f"the key may not call {model}", fix=fix)


def _is_near(left: BudgetLeft) -> bool:
    usd, tokens = left.limit.usd, left.limit.tokens
    return (usd is not None and (left.usd or 0.0) <= NEAR * usd) or (tokens is not None and (left.tokens or 0) <= NEAR * tokens)


def _sum(connection: Connection, limit: BudgetLimit) -> BudgetLeft:
    return budget_left(connection, limit, time.time())


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
