"""Large answers, compressed for who can read that. A diff is mostly repetition: a tenth of its size goes over the wire."""

from __future__ import annotations

import asyncio
import gzip

from starlette.requests import Request
from starlette.responses import Response

from pullwright.server.bodies import answer

SMALL = 4000
"""Bytes below which compressing gains nothing."""


async def squeezed(request: Request, value: object) -> Response:
    """A record, or a list of them, as JSON. Nothing secret belongs into such an answer beside what somebody else may have put
    into it: its length tells."""
    told = answer(value)
    if len(told.body) < SMALL or "gzip" not in request.headers.get("accept-encoding", ""):
        return told
    small = await asyncio.to_thread(gzip.compress, bytes(told.body), 4, mtime=0)
    headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(small, told.status_code, headers, "application/json")
