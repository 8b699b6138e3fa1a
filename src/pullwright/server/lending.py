"""A file that is made for one answer: sent piece by piece, and gone when it was sent or nobody reads on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from starlette.responses import Response, StreamingResponse

GZIP = "application/gzip"
PIECE = 1 << 18


async def lent(made: AbstractAsyncContextManager[Path], media: str, name: str) -> Response:
    """The file as an answer, to be kept under `name`. What making it raises is raised here."""
    stack = AsyncExitStack()
    path = await stack.enter_async_context(made)

    async def pieces() -> AsyncIterator[bytes]:
        async with stack:
            with path.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    yield piece

    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces(), headers=headers, media_type=media)
