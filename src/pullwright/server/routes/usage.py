"""What was used: sums of calls by whatever is asked, and the single calls; as JSON, or as a table for a spreadsheet.

The same at `/api/v1/usage` and, for programs of the Responses API, at `/v1/usage`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Query
from starlette.responses import Response

from pullwright.server.bodies import answer
from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.spending import view_calls, view_usage
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import By, UsageFilter, UsageSum

ROUTES = Routes("Usage")
CSV = {"text/csv": {"type": "string"}}

Time = Annotated[float, Query(ge=0, le=1e12, description="In seconds since 1970.")]
Name = Annotated[str, Query(max_length=128)]
Sums = Annotated[list[By], Query(max_length=9, description="What each sum is of; several make finer ones.")]
Format = Annotated[Literal["", "json", "csv"], Query(description="Empty: as the header Accept says, else JSON.")]


class UsagePage(msgspec.Struct, frozen=True):
    """Calls, newest first. `next` goes into `before` for the page after; empty: this is the last."""

    calls: list[UsageEntry]
    next: str


def which_calls(
    since: Time = 0.0,
    until: Time | None = None,
    project: Annotated[str, Query(max_length=128, description="An id or a name; empty: all that one may see.")] = "",
    user: Annotated[str, Query(max_length=128, description="An id or a name.")] = "",
    task: Name = "",
    key: Name = "",
    provider: Name = "",
    model: Annotated[str, Query(max_length=200, description="As the provider names it, or `provider/model`.")] = "",
    status: Annotated[str, Query(max_length=16, description="`in_progress`, `completed`, …; `gone`: with its server.")] = "",
    response: Name = "",
) -> UsageFilter:
    """The filters that all of these have."""
    return UsageFilter(
        since=since,
        until=until,
        projects=(project,) if project else None,
        user=user,
        task=task,
        key=key,
        provider=provider,
        model=model,
        status=status,
        response=response,
    )


Which = Annotated[UsageFilter, Depends(which_calls)]


@ROUTES.get("/v1/usage", name="api_usage", answers=list[UsageSum], gives=CSV)
@ROUTES.get("/api/v1/usage", answers=list[UsageSum], gives=CSV)
async def usage(
    call: Call,
    which: Which,
    by: Sums = ["day"],  # noqa: B006 - FastAPI's own way
    format: Format = "",  # noqa: A002 - the word
) -> Response:
    """Tokens, money and time, summed by day, project, user, provider, model, status, task, attempt or key."""
    words: list[By] = list(dict.fromkeys(by))
    sums = await view_usage(call.service, call.actor, which, *words)
    if not _as_table(call, format):
        return answer(sums)
    fields = [name for name in UsageSum.__struct_fields__ if name != "of"]
    lines = ([*(one.of.get(word, "") for word in words), *(getattr(one, name) for name in fields)] for one in sums)
    return table([*words, *fields], lines)


@ROUTES.get("/api/v1/usage.csv", gives=CSV)
async def usage_csv(
    call: Call,
    which: Which,
    by: Sums = ["day"],  # noqa: B006 - FastAPI's own way
) -> Response:
    """The sums as a table for a spreadsheet."""
    return await usage(call, which, by, "csv")


@ROUTES.get("/v1/usage/calls", name="api_usage_calls", answers=UsagePage, gives=CSV)
@ROUTES.get("/api/v1/usage/calls", answers=UsagePage, gives=CSV)
async def usage_calls(
    call: Call,
    which: Which,
    before: Annotated[str, Query(max_length=128, description="The `next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    format: Format = "",  # noqa: A002 - the word
) -> Response:
    """The single calls, newest first, page by page. An open one says what it has used so far."""
    calls = await view_calls(call.service, call.actor, which, before=before, limit=limit)
    if not _as_table(call, format):
        return answer(UsagePage(calls, calls[-1].id if len(calls) == limit else ""))
    fields = UsageEntry.__struct_fields__
    return table(fields, ([getattr(one, name) for name in fields] for one in calls))


def _as_table(call: Call, format: str) -> bool:  # noqa: A002 - the word
    return format == "csv" or (not format and call.request.headers.get("accept", "").startswith("text/csv"))


def table(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> Response:
    """RFC 4180, with a head. What a spreadsheet would take for a formula is a text (a quote before it)."""
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(head)
    written.writerows([_plain(cell) for cell in line] for line in lines)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(out.getvalue(), headers=headers, media_type="text/csv")


def _plain(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
