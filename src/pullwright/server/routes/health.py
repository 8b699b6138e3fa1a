"""Whether the server lives, whether it can work, and what it counts."""

from __future__ import annotations

import hmac

import msgspec
from starlette.responses import Response

from pullwright.server.bodies import answer
from pullwright.server.routing import Call, Routes
from pullwright.server.telemetry.work import read_work

ROUTES = Routes("Health")


class Alive(msgspec.Struct, frozen=True):
    """The server answers."""

    status: str = "ok"


class Ready(msgspec.Struct, frozen=True):
    """Whether tasks can be taken and done: the database answers, and how many workers live, with how many slots."""

    ready: bool
    version: str
    database: str
    workers: int
    slots: int


@ROUTES.get("/healthz", open=True)
async def health() -> Alive:
    """Whether the process answers. The one address that needs no credential and tells nothing."""
    return Alive()


@ROUTES.get("/readyz", gives={})
async def ready(call: Call) -> Ready:
    """Whether work can be done. 503 when the database does not answer; no worker is no error, since tasks wait."""
    _ = call.actor
    service = call.service
    work = await service.database.read(read_work)
    kind = "SQLite" if service.database.is_sqlite else "PostgreSQL"
    return Ready(True, service.config.version, kind, work.workers.get("live", 0), work.slots)


@ROUTES.get("/metrics", open=True, gives={"text/plain": {"type": "string"}})
async def metrics(call: Call) -> Response:
    """Prometheus metrics. For administrators of the server, and for who has the setting `server.metrics_token`."""
    if not _collector(call):
        call.actor.require("server.admin", "")
    text = await call.desk.metrics.text(call.service.database)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _collector(call: Call) -> bool:
    token = call.desk.config.metrics_token
    said = call.request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(said.encode(), token.encode())


@ROUTES.get("/api/v1/openapi.json", gives={"application/json": {"type": "object"}})
async def openapi(call: Call) -> Response:
    """This document: every address, what it takes and what it answers."""
    return answer(call.request.app.openapi())
