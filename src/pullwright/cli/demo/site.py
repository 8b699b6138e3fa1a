"""The demo's service in a browser: served on this machine alone, entered by one-time links."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from pullwright.server.config import ServerConfig
from pullwright.server.listening import listen_tcp
from pullwright.server.opening import open_server
from pullwright.server.running import run_server
from pullwright.server.web.files import built_files
from pullwright.tasks.engine.stopping import Stopping
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.links import make_entry
from pullwright.tasks.service.service import Service

HOST = "127.0.0.1"


class Site:
    """Where the service is served. `link` signs one person in, once."""

    def __init__(self, service: Service, actor: Actor, url: str) -> None:
        self.url = url
        self._service = service
        self._actor = actor

    async def link(self) -> str:
        """A new one-time link."""
        return f"{self.url}/app/enter#{await make_entry(self._service, self._actor)}"

    @staticmethod
    async def until_stopped() -> None:
        """Until Ctrl-C, or whoever else asks this process to stop."""
        stopping = Stopping(0.0)
        with stopping.on_signals():
            await stopping.asked.wait()


def has_web_app() -> bool:
    """Whether there is something to look at."""
    return bool(built_files())


@contextlib.asynccontextmanager
async def site_of(service: Service, actor: Actor) -> AsyncGenerator[Site, None]:
    """Serve `service` at a free port of this machine, for as long as this is open."""
    tcp = listen_tcp(HOST, 0)
    port: int = tcp.getsockname()[1]
    async with open_server(service, ServerConfig(host=HOST, port=port, drain=1.0)) as app:
        up = asyncio.Event()
        serving = asyncio.create_task(run_server(app, [tcp], ready=up.set))
        try:
            await _first(serving, up)
            yield Site(service, actor, f"http://{HOST}:{port}")
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            tcp.close()


async def _first(serving: asyncio.Task[None], up: asyncio.Event) -> None:
    """Until it serves; raises what kept it from that."""
    waiting = asyncio.create_task(up.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        serving.result()
