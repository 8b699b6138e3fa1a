"""What a call is charged to, and whether that still allows it: key, user, project, server."""

from __future__ import annotations

import time
from collections import OrderedDict

from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.protocol.errors import BudgetSpent, Forbidden, NotFound
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.store.budgets import BudgetLeft, allowed_by, left_for

QUICK = 0.005
"""What is summed in less time is summed each time."""
COST = 10.0
"""What took longer is believed for as many times longer: money is looked at with a tenth of a reader at most."""
LONGEST = 3.0
NEAR = 0.1
"""The share of a ceiling from which on it is looked at each time, whatever that costs."""
KEPT = 10_000

Account = tuple[str, str, str]
"""User, project and key."""


class Accounts:
    """The ceilings of whoever calls, as far as they have to be looked at anew."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left: OrderedDict[Account, tuple[float, list[BudgetLeft]]] = OrderedDict()

    async def check(self, user_id: str, project_id: str, key_id: str) -> None:
        """Raises `BudgetSpent` when one of the ceilings is reached. Open calls count with what they are estimated at."""
        for left in await self._look((user_id, project_id, key_id)):
            if left.spent:
                until = "" if left.ends is None else f"Wait until {_utc(left.ends)}, or "
                fix = f"{until}ask an administrator for more."
                raise BudgetSpent(f"the {left.limit.scope}'s budget of {allowed_by(left)} is used up", fix=fix)

    async def _look(self, account: Account) -> list[BudgetLeft]:
        begun = time.monotonic()
        until, left = self._left.get(account, (0.0, []))
        if begun < until:
            return left
        left = await self._database.read(_left, account)
        took = time.monotonic() - begun
        self._left.pop(account, None)
        if took > QUICK and not any(map(_is_near, left)):
            self._left[account] = (begun + min(LONGEST, COST * took), left)
        while len(self._left) > KEPT:
            self._left.popitem(last=False)
        return left


def _is_near(left: BudgetLeft) -> bool:
    usd, tokens = left.limit.usd, left.limit.tokens
    return (usd is not None and (left.usd or 0.0) <= NEAR * usd) or (tokens is not None and (left.tokens or 0) <= NEAR * tokens)


def check_may_call(actor: Actor, model: str, project_id: str) -> None:
    """Raises `Forbidden` for what the actor may not do at all, and `NotFound` for a project that they have no role in."""
    actor.require("model.call")
    if not actor.may_call(model):
        fix = f"Call one of {', '.join(actor.models or ())}, or ask for a key that may call it."
        raise Forbidden(f"the key may not call {model}", fix=fix)
    if actor.only_project is not None and project_id not in ("", actor.only_project):
        raise Forbidden("the key is bound to another project", fix="Leave the project out: its calls are charged to its own.")
    charged = project_id or actor.only_project or ""
    if charged and not actor.is_admin and charged not in actor.roles:
        raise NotFound(f"there is no project {charged}")


def _left(connection: Connection, account: Account) -> list[BudgetLeft]:
    user_id, project_id, key_id = account
    return left_for(connection, user_id, project_id, time.time(), key_id)


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
