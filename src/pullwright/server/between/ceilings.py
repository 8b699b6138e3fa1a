"""How large a body may be, and how long it may take to come. Counted as it streams, so that a chunked one has no way around."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pullwright.server.problems import Refusal

SLOWEST = 1 << 20
"""Bytes a second: so fast must a large body come."""


class Ceilings:
    """Refuses bodies over `most` bytes (`larger` by the beginning of the path) before they are in memory, and those that have
    not come whole after `patience` seconds and as long as the largest would take at `SLOWEST`."""

    def __init__(self, app: ASGIApp, *, most: int, larger: Mapping[str, int], patience: float) -> None:
        self.app = app
        self.most = most
        self.larger = larger
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = next((size for path, size in self.larger.items() if scope["path"].startswith(path)), self.most)
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said.isdigit() and int(said) > most:
            raise _too_large(most)
        patience = self.patience + most / SLOWEST
        until = asyncio.get_running_loop().time() + patience
        seen = 0
        whole = False

        async def receiving() -> Message:
            nonlocal seen, whole
            if whole:  # what comes now is the end of the connection, which may take its time
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise Refusal(408, f"the body did not come within {patience:.0f} s", fix="Send it at once.") from None
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if seen > most:
                    raise _too_large(most)
            return message

        await self.app(scope, receiving, send)


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"a body may have {most} bytes here", fix="Send less.", headers={"Connection": "close"})
