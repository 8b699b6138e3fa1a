"""What lasts between the turns of a pairing: the workspace, the open sandbox with what runs in it, and MCP servers.

    async with Standing(spec, log) as standing:
        await run_turn(spec, log, inbox, watch, standing)      each turn works there
        async with standing.between(watch) as recorder: …      what the person does in between is logged, too

The sandbox is opened anew when what it was opened for changes (access, network, limits, backend), or when it was lost:
background commands end then, and the log says so.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pullwright import __version__
from pullwright.attempts.place import Place
from pullwright.attempts.servers import connections
from pullwright.attempts.spec import TurnSpec
from pullwright.log.log import Log
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Event, Noticed, SessionStarted
from pullwright.protocol.live import Live
from pullwright.sandbox.toolchains import toolchains
from pullwright.tools.redaction import Redactor

if TYPE_CHECKING:
    from pullwright.tools.mcp.connections import Connections


class Standing:
    """The place of a pairing. One turn at a time works there."""

    def __init__(self, spec: TurnSpec, log: Log) -> None:
        self._spec = spec
        self._log = log
        self._place: Place | None = None
        self._servers: Connections | None = None
        self._lost = False
        self.fresh = True
        """Whether no turn has begun here yet."""
        self.at_end: Callable[[Recorder], Awaitable[None]] | None = None
        """What is to be done before the place is let go; it may log."""

    async def __aenter__(self) -> Standing:
        await self._open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self.at_end is not None and self._place is not None:
                async with self.between(lambda _: None) as recorder:
                    await self.at_end(recorder)
        finally:
            await self._close()

    @property
    def place(self) -> Place:
        """Where tools work. Only while it is open."""
        assert self._place is not None
        return self._place

    async def _open(self) -> None:
        spec = self._spec
        place = Place(
            spec,
            None,
            tools=toolchains(spec.project, os.environ),
            access=spec.access,
            redactor=Redactor(spec.secrets),
            artifacts=self._log.artifacts,
        )
        self._place = await place.__aenter__()
        place.begin()

    async def servers(self) -> Connections:
        """The MCP servers of the pairing; they stay connected between its turns."""
        if self._servers is None:
            self._servers = connections(self._spec, self.place)
        return self._servers

    async def _end_servers(self) -> None:
        servers, self._servers = self._servers, None
        if servers is not None:
            await servers.__aexit__(None, None, None)

    async def _close(self) -> None:
        await self._end_servers()
        place, self._place = self._place, None
        if place is not None:
            await place.__aexit__(None, None, None)

    def lost(self) -> None:
        """The sandbox has died: the next turn gets a new one."""
        self._lost = True

    async def fit(self, spec: TurnSpec) -> Place:
        """The place as `spec` needs it, opened anew where it has to be."""
        gone = self._lost or self.place.failed or not await self.place.guarded()
        if gone or _opened_for(spec) != _opened_for(self._spec):
            running = self.place.running
            await self._close()
            self._spec, self._lost = spec, False
            await self._open()
            if running:
                word = "was" if running == 1 else "were"
                self.place.note(
                    Noticed(level="warning", text=f"the sandbox was opened anew; {running} of its commands {word} ended")
                )
        if spec.mcp != self._spec.mcp:
            await self._end_servers()
        self._spec = spec
        return self.place

    @asynccontextmanager
    async def between(self, watch: Callable[[Event | Live], None]) -> AsyncGenerator[Recorder]:
        """Log what happens while no turn runs. Begins the session's log where it is empty."""
        recorder = Recorder(self._log)
        recorder.watch(watch)
        if self._log.last_seq == 0:
            spec = self._spec
            recorder.post(SessionStarted(session=spec.session, project=str(spec.project), pullwright=__version__))
        self.place.attach(recorder)
        try:
            yield recorder
            await recorder.sync()
        finally:
            self.place.detach()


def _opened_for(spec: TurnSpec) -> tuple[Any, ...]:
    """What a sandbox is opened for, and cannot change while it is open."""
    folders = tuple(folder for server in spec.mcp for folder in server.folders)
    return (spec.access, spec.network, spec.limits, spec.backend, spec.base_root, spec.env, spec.project, spec.folder, folders)
