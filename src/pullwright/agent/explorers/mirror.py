"""What an explorer does, seen in the log of the agent that sent it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from pullwright.protocol.events import CommandRan, Event, HookRan, ModelCalled, Noticed, ToolFinished, ToolStarted
from pullwright.protocol.live import Live

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent


class Mirror:
    """Shows the sender's log what an explorer does, under its name, and counts what it uses."""

    def __init__(self, sender: Agent, explorer: Agent, name: str, call_id: str) -> None:
        self._sender = sender
        self._explorer = explorer
        self._name = name
        self._call_id = call_id
        self._more = asyncio.Event()

    @asynccontextmanager
    async def shown(self) -> AsyncGenerator[None]:
        """Log what is mirrored as it comes: the sender itself waits for the report and flushes nothing."""

        async def flush() -> None:
            while True:
                await self._more.wait()
                self._more.clear()
                await self._sender.recorder.flush()

        flushing = asyncio.create_task(flush())
        try:
            yield
        finally:
            flushing.cancel()
            await asyncio.wait((flushing,))
        if not flushing.cancelled():  # the log is another's, or the disk is full
            flushing.result()

    def __call__(self, seen: Event | Live) -> None:
        """One more thing that the explorer did. A watcher of its recorder."""
        name, call_id = self._name, self._call_id
        match seen:
            case ModelCalled():
                self._sender.meter.called(seen.usage, seen.cost_usd)
                self._post(msgspec.structs.replace(seen, agent=name))
                if (reached := self._sender.meter.hard()) is not None:
                    self._explorer.halt.now(reached.ending)
            case ToolStarted():
                title = f"{name} · {seen.title}"
                self._post(msgspec.structs.replace(seen, call_id=f"{call_id}/{name}/{seen.call_id}", title=title))
            case ToolFinished() | HookRan():
                self._post(msgspec.structs.replace(seen, call_id=f"{call_id}/{name}/{seen.call_id}"))
            case CommandRan():
                self._post(msgspec.structs.replace(seen, call_id=f"{call_id}/{name}/{seen.call_id}", by=name))
            case Noticed():
                self._post(msgspec.structs.replace(seen, text=f"{name}: {seen.text}"))
            case _:
                pass

    def _post(self, event: Event) -> None:
        """Into the sender's log, stamped as an event of its step."""
        self._sender.recorder.post(msgspec.structs.replace(event, seq=0, turn="", step=0))
        self._more.set()
