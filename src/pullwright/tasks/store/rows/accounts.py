"""Rows of accounts: what was used, what may be used, who did what, and what forges sent."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

BudgetScope = Literal["server", "user", "project", "key"]
Period = Literal["day", "month", "total"]
DeliveryState = Literal["new", "done", "ignored", "failed"]


class UsageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One model call. `id` is `session:seq` of its event, so that it is written once; `cost_usd` None: price unknown.

    What a program calls through the API has a row (`call_…`) from before the upstream is called: `open`, with an estimate, until
    the call has ended. `server_id` is the process that makes it, `response_id` what became of it, `status` how it ended
    (`gone`: with its process). Bytes are of text: what was sent, and what came.
    """

    id: str
    time: float
    user_id: str
    project_id: str
    task_id: str
    attempt_id: str
    key_id: str = ""
    provider: str
    model: str
    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0
    reasoning: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    estimated: bool = False
    open: bool = False
    server_id: str = ""
    response_id: str = ""
    status: str = ""
    first_seconds: float | None = None
    sent_bytes: int = 0
    images: int = 0
    heard_bytes: int = 0


class ServerProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that serves the API, while it lives: `heartbeat` is when it was heard of last."""

    id: str
    host: str
    started: float
    heartbeat: float


class BudgetLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A ceiling for everything of a user, a project, a key or (`scope_id` empty) the server, in each day, month or in total.

    Days and months are UTC's. None: no ceiling of that kind."""

    scope: BudgetScope
    scope_id: str = ""
    period: Period
    usd: float | None = None
    tokens: int | None = None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which object, from where. `number` is given by the database."""

    number: int = 0
    time: float
    user_id: str = ""
    key_id: str = ""
    action: str
    object: str = ""
    project_id: str = ""
    detail: dict[str, Any] = {}
    address: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook's delivery as it came; `id` is the forge's, or the body's digest."""

    connection_id: str
    id: str
    event: str
    body: bytes
    headers: dict[str, str] = {}
    state: DeliveryState = "new"
    why: str = ""
    received: float = 0.0
