"""The server, and what works beside it, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, func, select

from pullwright.cli.serving.children import Children
from pullwright.server.desk import Desk
from pullwright.server.listening import listen_tcp, listen_unix
from pullwright.server.opening import open_server
from pullwright.server.running import run_server
from pullwright.tasks.backup.tidying import tidy
from pullwright.tasks.engine.stopping import Stopping
from pullwright.tasks.notices.delivering import keep_delivering
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.tables import turns
from pullwright.tasks.triggers.clock import keep_time
from pullwright.tasks.work.overdrawn import watch_accounts
from pullwright.tasks.work.worker import work

if TYPE_CHECKING:
    from fastapi import FastAPI

    from pullwright.server.config import ServerConfig
    from pullwright.tasks.service.config import ServiceConfig

LOOK = 1.0
"""Seconds between two looks at whether the server is idle."""
SWITCH = 0.0005
"""Seconds for which a thread that talks to the database may keep the loop waiting; Python's own 5 ms were felt in each first
token (p99 with 20 streams: 110 ms instead of 500 on a busy machine)."""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What is served, and what works. `workers` 0: the server itself, unless not `work`. `local`: at the socket alone, for this
    user's own command line. `idle`: seconds without requests and work after which it ends itself (0: never)."""

    service: ServiceConfig
    server: ServerConfig
    work: bool = True
    workers: int = 0
    local: bool = False
    idle: float = 0.0


def open_files() -> None:
    """Let this process have as many files open as it may: each stream is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve(serving: Serving, say: Callable[[str], None]) -> None:
    """Serve until stopped. `say` gets the lines that tell where. Raises `FixSettings`, `FixMachine`."""
    stopping = Stopping(serving.server.drain)
    sys.setswitchinterval(SWITCH)
    with stopping.on_signals():
        async with Service.open(serving.service) as service, open_server(service, serving.server) as app:
            with _listening(serving) as sockets:
                async with asyncio.TaskGroup() as group:
                    ready = _ready(app.state.desk, serving, sockets, say)
                    answering = group.create_task(run_server(app, sockets, ready=ready))
                    _beside(group, serving, service, stopping)
                    idling = group.create_task(_until_idle(app, serving.idle, stopping))
                    tidying = group.create_task(tidy(service.database, service.blobs, serving.service.keep))
                    watching = group.create_task(watch_accounts(service.database, service.bells))
                    telling = group.create_task(keep_delivering(service))
                    await _first(stopping, answering)
                    stopping.asked.set()
                    _take_away(serving, sockets)
                    answering.cancel()
                    idling.cancel()
                    tidying.cancel()
                    watching.cancel()
                    telling.cancel()


async def _first(stopping: Stopping, answering: asyncio.Task[None]) -> None:
    """Until asked to stop, or the server ended by itself, which is an error that is raised by its group."""
    asked = asyncio.create_task(stopping.asked.wait())
    await asyncio.wait({asked, answering}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()


def _beside(group: asyncio.TaskGroup, serving: Serving, service: Service, stopping: Stopping) -> None:
    """What keeps the time, and what runs turns: nobody, children, or this process itself."""
    group.create_task(keep_time(service, stopping.asked))
    if not serving.work:
        return
    if serving.workers:
        children = Children(serving.service, serving.workers, stopping.asked, lambda: stopping.seconds)
        group.create_task(children.run())
        return
    group.create_task(work(service, stopping.asked, drain_seconds=lambda: stopping.seconds))


@contextmanager
def _listening(serving: Serving) -> Generator[list[socket.socket], None, None]:
    """The sockets; the unix one's name is taken away in the end."""
    sockets: list[socket.socket] = []
    path = serving.server.socket
    try:
        if not serving.local:
            sockets.append(listen_tcp(serving.server.host, serving.server.port))
        if path is not None:
            sockets.append(listen_unix(path))
        yield sockets
    finally:
        _take_away(serving, sockets)
        for one in sockets:
            one.close()


def _take_away(serving: Serving, sockets: list[socket.socket]) -> None:
    """Take the unix socket's name away while nothing else can have it: once this one listens no more, the next server may."""
    path = serving.server.socket
    if path is not None and any(one.family == socket.AF_UNIX and one.fileno() >= 0 for one in sockets):
        path.unlink(missing_ok=True)


def _ready(desk: Desk, serving: Serving, sockets: list[socket.socket], say: Callable[[str], None]) -> Callable[[], None]:
    def ready() -> None:
        if serving.local:
            say(f"serving at {serving.server.socket}")
            return
        config = serving.server
        if not config.public_url:
            config = msgspec.structs.replace(config, port=sockets[0].getsockname()[1])
        say(f"serving {config.url}")
        if not desk.settled:
            say(f"nobody administers this service yet. On this machine, open {desk.first_run.link(config.url)}")
        if sys.stderr.isatty():
            say("Ctrl-C stops it; what runs is kept, and goes on with the next start.")

    return ready


async def _until_idle(app: FastAPI, seconds: float, stopping: Stopping) -> None:
    """Ask to stop once nobody has asked anything and nothing has worked for so long."""
    desk: Desk = app.state.desk
    if not seconds:
        return
    since = time.monotonic()
    while time.monotonic() - since < seconds:
        await asyncio.sleep(min(LOOK, seconds / 4))
        busy = desk.feeds.any_open() or await desk.service.database.read(anything_to_do)
        since = time.monotonic() if busy else max(since, desk.metrics.last)
    stopping.ask()


def anything_to_do(connection: Connection) -> bool:
    """Whether a turn waits or runs."""
    unfinished = turns.c.state.in_(("queued", "admitted", "running"))
    return bool(connection.scalar(select(func.count()).select_from(turns).where(unfinished)))
