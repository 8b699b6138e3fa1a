"""The server itself: its workers, and what it is set up with."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query

from pullwright.server.routing import Call, Routes
from pullwright.tasks.store.rows.work import Worker
from pullwright.tasks.store.workers import list_workers

ROUTES = Routes("Server")


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """What the server is set up with, as far as whoever dispatches must know it."""

    version: str
    url: str
    models: tuple[str, ...]
    slots: int
    user_slots: int
    patience: float
    verify: bool
    body_bytes: int
    sign_in_by: tuple[str, ...]


@ROUTES.get("/api/v1/workers")
async def workers(call: Call, gone: Annotated[bool, Query(description="Also those that are gone.")] = False) -> list[Worker]:
    """The processes that run turns."""
    call.actor.require("server.admin")
    return await call.service.database.read(list_workers, gone=gone)


@ROUTES.get("/api/v1/server")
async def server(call: Call) -> ServerView:
    """What the server is set up with: models, limits, ways to sign in."""
    call.actor.require("server.read")
    config, ours = call.service.config, call.desk.config
    return ServerView(
        version=config.version,
        url=ours.url,
        models=tuple(sorted(config.models)),
        slots=config.slots,
        user_slots=config.user_slots,
        patience=config.patience,
        verify=config.verify,
        body_bytes=ours.body_bytes,
        sign_in_by=("password", *((ours.oidc.name,) if ours.oidc else ())),
    )
