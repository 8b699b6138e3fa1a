"""What may be used, and who did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.budgets import set_budget, view_budgets, view_left
from pullwright.tasks.projects.chronicle import view_audit
from pullwright.tasks.store.audit import AuditFilter
from pullwright.tasks.store.budgets import BudgetLeft
from pullwright.tasks.store.rows.accounts import AuditEntry, BudgetLimit

ROUTES = Routes("Accounts")

Time = Annotated[float, Query(ge=0, le=1e12, description="In seconds since 1970.")]
Name = Annotated[str, Query(max_length=128)]


@ROUTES.get("/api/v1/budgets")
async def budgets(
    call: Call, project: Annotated[str, Query(max_length=128, description="What holds for oneself there; else: all.")] = ""
) -> list[BudgetLeft]:
    """Ceilings and what is left: all of them, or those that hold for oneself in a project."""
    if project:
        return await view_left(call.service, call.actor, project)
    return await view_budgets(call.service, call.actor)


@ROUTES.put("/api/v1/budgets", example=BudgetLimit(scope="user", scope_id="ada", period="month", usd=50.0))
async def put_budget(call: Call, body: BudgetLimit) -> BudgetLeft:
    """Set a ceiling; without money and tokens it is removed."""
    return await set_budget(call.service, call.actor, body)


@ROUTES.get("/api/v1/audit")
async def audit(
    call: Call,
    project: Name = "",
    user: Name = "",
    action: Annotated[str, Query(max_length=64, description="`task.` stands for all that begin so.")] = "",
    object: Name = "",  # noqa: A002 - the word
    since: Time = 0.0,
    before: Annotated[int, Query(ge=0, le=2**53 - 1, description="The last `number` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AuditEntry]:
    """Who did what, newest first: all of it for administrators, a project's for its own."""
    which = AuditFilter(project=project, user=user, action=action, object=object, since=since, before=before, limit=limit)
    return await view_audit(call.service, call.actor, which)
