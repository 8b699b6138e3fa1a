"""Budgets of keys, users, projects and the server: set by administrators, seen by whom they hold for."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.protocol.errors import FixSettings, NotFound
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.users import named_user
from pullwright.tasks.store.budgets import BudgetLeft, budget_left, left_for, list_budgets, put_budget
from pullwright.tasks.store.keys import find_key
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.accounts import BudgetLimit


async def set_budget(service: Kept, actor: Actor, limit: BudgetLimit) -> BudgetLeft:
    """Set a ceiling (`scope_id`: a user's or project's id or name, a key's id); without money and tokens it is removed. Holds for
    each turn and call that begins from now on."""
    actor.require("budget.write")
    if (limit.usd is not None and not 0 <= limit.usd < 1e12) or (limit.tokens is not None and not 0 <= limit.tokens < 1 << 62):
        raise FixSettings("a ceiling is a number from 0 on", fix="Leave it out to have none.")
    return await service.database.write(_set, actor, limit)


async def view_budgets(service: Kept, actor: Actor) -> list[BudgetLeft]:
    """Every ceiling of the server's, with what is left."""
    actor.require("budget.write")
    return await service.database.read(_all)


async def view_left(service: Kept, actor: Actor, project: str) -> list[BudgetLeft]:
    """Every ceiling that holds for the actor in a project, with what is left."""
    return await service.database.read(_left, actor, project)


def _set(connection: Connection, actor: Actor, limit: BudgetLimit) -> BudgetLeft:
    of = ""
    if limit.scope == "user":
        of = named_user(connection, limit.scope_id).id
    elif limit.scope == "project":
        of = get_project(connection, limit.scope_id).id
    elif limit.scope == "key":
        if find_key(connection, limit.scope_id) is None:
            raise NotFound(f"there is no key {limit.scope_id}", fix="Name it by its id: key_…")
        of = limit.scope_id
    kept = BudgetLimit(scope=limit.scope, scope_id=of, period=limit.period, usd=limit.usd, tokens=limit.tokens)
    put_budget(connection, kept)
    detail = {"scope": kept.scope, "period": kept.period, "usd": kept.usd, "tokens": kept.tokens}
    audit(connection, actor, "budget.write", of, of if kept.scope == "project" else "", detail)
    return budget_left(connection, kept, time.time())


def _all(connection: Connection) -> list[BudgetLeft]:
    now = time.time()
    return [budget_left(connection, limit, now) for limit in list_budgets(connection)]


def _left(connection: Connection, actor: Actor, project: str) -> list[BudgetLeft]:
    found = get_project(connection, project)
    actor.require("budget.read", found.id, f"project {project}")
    return left_for(connection, actor.user_id, found.id, time.time(), actor.key_id)
