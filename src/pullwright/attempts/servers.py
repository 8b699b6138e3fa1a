"""The MCP servers of a turn: open as long as it, or between the turns of a pairing as long as its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pullwright.agent.scopes import mcp_tool
from pullwright.log.inbox import Inbox
from pullwright.protocol.events import Noticed
from pullwright.protocol.inputs import Input, Interrupt
from pullwright.protocol.items import Call
from pullwright.tools.redaction import Redactor
from pullwright.tools.tool import Tool

if TYPE_CHECKING:
    from pullwright.attempts.place import Place
    from pullwright.attempts.spec import TurnSpec
    from pullwright.attempts.standing import Standing
    from pullwright.sandbox.sandbox import Sandbox
    from pullwright.tools.mcp.connections import Connections


class Offer:
    """The tools of the servers that a turn offers; `asks` says whether a call of one is asked about in any case. `given` came
    while it was waited for them."""

    def __init__(self, tools: tuple[Tool, ...] = (), servers: Connections | None = None, given: tuple[Input, ...] = ()) -> None:
        self.tools = tools
        self.given = given
        self._servers = servers

    def asks(self, call: Call) -> bool:
        """Whether the person wants to be asked about this call."""
        named = mcp_tool(call) if self._servers is not None else None
        return named is not None and self._servers is not None and self._servers.asks(*named)


@asynccontextmanager
async def offer(spec: TurnSpec, place: Place, standing: Standing | None, inbox: Inbox) -> AsyncGenerator[Offer]:
    """What the turn's servers offer. Waits for those that were never seen in this project, each until its own deadline, or
    until somebody interrupts; what came meanwhile is in the offer's `given`."""
    if not spec.mcp:
        yield Offer()
    elif standing is not None:
        yield await _offer(await standing.servers(), inbox)
    else:
        async with connections(spec, place) as servers:
            yield await _offer(servers, inbox)


async def _offer(servers: Connections, inbox: Inbox) -> Offer:
    listing = asyncio.ensure_future(servers.tools())
    given: list[Input] = []
    try:
        while not listing.done():
            coming = asyncio.ensure_future(inbox.wait(None))
            try:
                await asyncio.wait((listing, coming), return_when=asyncio.FIRST_COMPLETED)
            finally:
                coming.cancel()
                await asyncio.wait((coming,))
            if not coming.cancelled() and (came := coming.result()) is not None:
                given.append(came)
                if isinstance(came, Interrupt):
                    return Offer((), servers, tuple(given))
        return Offer(listing.result(), servers, tuple(given))
    finally:
        listing.cancel()
        await asyncio.wait((listing,))


def connections(spec: TurnSpec, place: Place) -> Connections:
    """The servers of `spec`, whose commands run in the sandbox of `place`."""
    from pullwright.tools.mcp.connections import Connections
    from pullwright.tools.mcp.pins import Pins
    from pullwright.tools.mcp.tokens import TokenFile

    async def opened() -> Sandbox:
        place.begin()
        return (await asyncio.shield(place.bench)).sandbox

    redact = Redactor(spec.secrets).redact
    folder = spec.mcp_folder or spec.folder / "mcp"
    return Connections(
        spec.mcp,
        opened,
        Pins(folder, spec.project),
        tokens=TokenFile(folder / "sign-ins.json"),
        notice=lambda text: place.note(Noticed(level="warning", text=redact(text.encode()).decode(errors="replace"))),
    )
