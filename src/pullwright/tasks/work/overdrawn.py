"""Accounts that are used up while turns run on them: their turns are stopped, as at a ceiling of their own.

A turn that begins gets what its accounts have left, as every other one that runs beside it does. Together they can pass it; and
an administrator may lower a ceiling. So whoever serves looks every few seconds, and lowers the ceilings of what still runs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.inbox import add_input
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.inputs import RaiseBudget
from pullwright.tasks.engine.accounts import Spent, spent_accounts
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.rows.work import Turn
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import turns_in
from pullwright.tasks.store.usage import UsageFilter, sum_usage

EVERY = 3.0

_LOG = logging.getLogger("pullwright.accounts")


async def watch_accounts(database: Database, bells: Bells, *, every: float = EVERY) -> None:
    """Until cancelled. What fails is logged, and looked at again."""
    while True:
        try:
            for turn in await stop_overdrawn(database, bells):
                _LOG.info("%s is stopped: its account is used up", turn)
        except PullwrightError as error:
            _LOG.warning("accounts were not looked at: %s", error)
        await asyncio.sleep(every)


async def stop_overdrawn(database: Database, bells: Bells) -> list[str]:
    """Stop what runs on accounts that are used up, after its step; the turns that were told so now. Each is told once."""
    spent = await database.read(spent_accounts, time.time())
    if not spent:
        return []
    told = await database.write(_tell, spent)
    for _, session in told:
        bells.ring(f"inbox:{session}")
    return [turn for turn, _ in told]


def _tell(connection: Connection, spent: Sequence[Spent]) -> list[tuple[str, str]]:
    accounts = {one.account: one for one in spent}
    told: list[tuple[str, str]] = []
    for turn in turns_in(connection, ("running",)):
        key = get_task(connection, turn.task_id).key_id
        mine = (("key", key), ("user", turn.user_id), ("project", turn.project_id), ("server", ""))
        if any(account in accounts for account in mine):
            session = get_attempt(connection, turn.attempt_id).session
            if add_input(connection, session, _no_more(connection, turn)):
                told.append((turn.id, session))
    return told


def _no_more(connection: Connection, turn: Turn) -> RaiseBudget:
    """Ceilings at what the turn has used by now."""
    since = turn.started or turn.queued
    (used,) = sum_usage(connection, UsageFilter(attempt=turn.attempt_id, since=since))
    budget = get_task(connection, turn.task_id).budget
    reached = msgspec.structs.replace(budget, usd=used.cost_usd, tokens=used.tokens)
    return RaiseBudget(id=f"spent_{turn.id}", by="pullwright", budget=reached)
