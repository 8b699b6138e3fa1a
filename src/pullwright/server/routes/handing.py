"""A session handed over from a terminal to the service, and back: one file, as it is."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from starlette.responses import Response

from pullwright.server.lending import GZIP, lent
from pullwright.server.routing import Call, Routes
from pullwright.tasks.handing.giving import hand_out
from pullwright.tasks.handing.taking import take_in
from pullwright.tasks.service.views import TaskView

ROUTES = Routes("Handover")
HANDOVER = "/api/v1/handover/"


@ROUTES.post(HANDOVER + "{project}", status=201, raw=True)
async def push_session(call: Call, project: str) -> TaskView:
    """Take in a session from a terminal: a task with one attempt, which goes on here. The body is its parcel."""
    with tempfile.NamedTemporaryFile(prefix="handing-", dir=call.service.config.data) as file:
        async for piece in call.request.stream():
            await asyncio.to_thread(file.write, piece)
        file.flush()
        return await take_in(call.service, call.actor, project, Path(file.name))


@ROUTES.get("/api/v1/attempts/{attempt}/handover", gives={GZIP: {"type": "string"}})
async def pull_session(call: Call, attempt: str) -> Response:
    """An attempt at rest as a parcel, to go on with at a terminal."""
    return await lent(hand_out(call.service, call.actor, attempt), GZIP, "session.tar.gz")
