"""A terminal of a sandbox over a WebSocket.

    client      {"type": "typed", "data"}    {"type": "resized", "columns", "rows"}    {"type": "took", "count"}
    server      what is printed, as bytes    {"type": "ended", "exit_code"}            {"type": "gone"}

Of what is printed so much is sent ahead (`terminal.AHEAD`) as was not said to be `took`, in bytes; the rest waits in the sandbox.
`gone`: the sandbox was closed, and the shell with it.
"""

from __future__ import annotations

import asyncio

import msgspec

from pullwright.protocol.errors import ChangeRequest
from pullwright.server.streams.response import RECHECK
from pullwright.server.streams.socket import Socket
from pullwright.tasks.inside.visiting import Line, find
from pullwright.tasks.inside.words import Ended, Printed, Resized, Took, Typed, frame, read_shown

MOST_TYPED = 64 << 10
"""Characters of one message: a large paste comes in several."""
KEYS = 10_000
"""Messages that may wait: each key is one, and a line that stood still for a moment brings many at once."""


class _Said(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class SaidTyped(_Said, frozen=True, tag="typed"):
    """What was typed, or pasted."""

    data: str


class SaidResized(_Said, frozen=True, tag="resized"):
    """The screen's new size."""

    columns: int
    rows: int


class SaidTook(_Said, frozen=True, tag="took"):
    """Bytes that were shown since the last time."""

    count: int


_DECODER = msgspec.json.Decoder(SaidTyped | SaidResized | SaidTook)


class Screen:
    """One terminal that is open; `run` has it until one of its ends leaves."""

    def __init__(self, socket: Socket, line: Line, attempt: str) -> None:
        self._socket = socket
        self._reader, self._writer = line
        self._attempt = attempt

    async def run(self) -> None:
        """Carry both ways. What goes wrong is raised, and closes the socket with its status."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in (self._show(), self._hear(), self._check())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

    async def _show(self) -> None:
        while True:
            match await read_shown(self._reader):
                case Printed(data=data):
                    await self._socket.send_raw(data)
                case Ended(exit_code=code):
                    await self._socket.send(msgspec.json.encode({"type": "ended", "exit_code": code}))
                    return
                case None:
                    await self._socket.send(b'{"type":"gone"}')
                    return

    async def _hear(self) -> None:
        while (message := await self._socket.hear()) is not None:
            try:
                said = _DECODER.decode(message)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ChangeRequest(f"the message cannot be read: {error}", fix="Send typed, resized or took.") from None
            self._writer.write(frame(_inwards(said)))
            await self._writer.drain()

    async def _check(self) -> None:
        """Whoever may no longer be here is sent away, whatever they do or leave."""
        while True:
            await asyncio.sleep(RECHECK)
            call = await self._socket.again()
            await find(call.service, call.actor, self._attempt, "task.steer")


def _inwards(said: SaidTyped | SaidResized | SaidTook) -> Typed | Resized | Took:
    match said:
        case SaidTyped(data=data):
            if len(data) > MOST_TYPED:
                raise ChangeRequest(f"a message types up to {MOST_TYPED} characters", fix="Send it in parts.")
            return Typed(data=data.encode(errors="replace"))
        case SaidResized(columns=columns, rows=rows):
            return Resized(columns=columns, rows=rows)
        case SaidTook(count=count):
            return Took(count=count)
