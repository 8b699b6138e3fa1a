"""The server itself: its workers, and what it is set up with."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from sqlalchemy import Connection

from pullwright.server.facts import ServerView, server_view
from pullwright.server.routing import Call, Routes
from pullwright.tasks.store.rows.work import WorkerState
from pullwright.tasks.store.turns import held_by
from pullwright.tasks.store.workers import list_workers

ROUTES = Routes("Server")


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """A process that runs turns; its id is new with each process. Of its `slots` so many are `running`."""

    id: str
    host: str
    pid: int
    slots: int
    running: int
    state: WorkerState
    started: float
    heartbeat: float


@ROUTES.get("/api/v1/workers")
async def workers(call: Call, gone: Annotated[bool, Query(description="Also those that are gone.")] = False) -> list[WorkerView]:
    """The processes that run turns."""
    call.actor.require("server.admin")
    return await call.service.database.read(_workers, gone)


@ROUTES.get("/api/v1/server")
async def server(call: Call) -> ServerView:
    """What the server is set up with: models and what they stand for, limits, how long things are kept, ways to sign in."""
    call.actor.require("server.read")
    return server_view(call.service.config, call.service.models.choices, call.desk.config, whole=call.actor.may("server.admin"))


def _workers(connection: Connection, gone: bool) -> list[WorkerView]:
    held = held_by(connection)
    return [WorkerView(running=held.get(one.id, 0), **msgspec.structs.asdict(one)) for one in list_workers(connection, gone=gone)]
