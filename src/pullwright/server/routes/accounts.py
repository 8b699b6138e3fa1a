"""What was used, what may be used, and who did what."""

from __future__ import annotations

import csv
import io
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.budgets import set_budget, view_budgets, view_left
from pullwright.tasks.projects.chronicle import view_audit
from pullwright.tasks.projects.spending import view_usage
from pullwright.tasks.store.audit import AuditFilter
from pullwright.tasks.store.budgets import BudgetLeft
from pullwright.tasks.store.rows.accounts import AuditEntry, BudgetLimit
from pullwright.tasks.store.usage import By, UsageFilter, UsageSum

ROUTES = Routes("Accounts")

Time = Annotated[float, Query(ge=0, le=1e12, description="In seconds since 1970.")]
Name = Annotated[str, Query(max_length=128)]
Sums = Annotated[list[By], Query(max_length=7, description="What each sum is of; several make finer ones.")]


@ROUTES.get("/api/v1/usage")
async def usage(
    call: Call,
    by: Sums = ["day"],  # noqa: B006 - FastAPI's own way
    since: Time = 0.0,
    until: Time | None = None,
    project: Name = "",
    user: Name = "",
    task: Name = "",
    key: Name = "",
) -> list[UsageSum]:
    """Tokens, money and time, summed by day, project, user, model, task, attempt or key."""
    which = _which(since, until, project, user, task, key)
    return await view_usage(call.service, call.actor, which, *dict.fromkeys(by))


@ROUTES.get("/api/v1/usage.csv", gives={"text/csv": {"type": "string"}})
async def usage_csv(
    call: Call,
    by: Sums = ["day"],  # noqa: B006 - FastAPI's own way
    since: Time = 0.0,
    until: Time | None = None,
    project: Name = "",
    user: Name = "",
    task: Name = "",
    key: Name = "",
) -> Response:
    """The same as a table for a spreadsheet."""
    which = _which(since, until, project, user, task, key)
    words: list[By] = list(dict.fromkeys(by))
    sums = await view_usage(call.service, call.actor, which, *words)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(as_csv(words, sums), headers=headers, media_type="text/csv")


def _which(since: float, until: float | None, project: str, user: str, task: str, key: str) -> UsageFilter:
    projects = (project,) if project else None
    return UsageFilter(since=since, until=until, projects=projects, user=user, task=task, key=key)


def as_csv(by: list[By], sums: list[UsageSum]) -> str:
    """RFC 4180, with a head. What a spreadsheet would take for a formula is a text (a quote before it)."""
    fields = [name for name in UsageSum.__struct_fields__ if name != "of"]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*by, *fields])
    for one in sums:
        table.writerow([*(_plain(one.of.get(word, "")) for word in by), *(getattr(one, name) for name in fields)])
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


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
