"""Large answers, compressed for who can read that. A diff is mostly repetition: a tenth of its size goes over the wire."""

from __future__ import annotations

import asyncio
import gzip

import msgspec
from starlette.requests import Request
from starlette.responses import Response

SMALL = 4000
"""Bytes below which compressing gains nothing."""
LARGE = 1 << 18
"""Bytes above which it is the time that counts."""
QUICK, THOROUGH = 1, 4


async def squeezed(request: Request, value: object) -> Response:
    """A record, or a list of them, as JSON. Nothing secret belongs into such an answer beside what somebody else may have put
    into it: its length tells."""
    return await squeezed_bytes(request, msgspec.json.encode(value))


async def squeezed_bytes(request: Request, data: bytes, media: str = "application/json", **more: str) -> Response:
    """The same for what is encoded already; `more` are headers, with `_` for `-`."""
    headers = {"Cache-Control": "no-store", **{name.replace("_", "-"): value for name, value in more.items()}}
    if len(data) < SMALL or "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(data, headers=headers, media_type=media)
    small = await asyncio.to_thread(gzip.compress, data, QUICK if len(data) > LARGE else THOROUGH, mtime=0)
    return Response(small, headers={**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, media_type=media)
