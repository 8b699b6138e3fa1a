"""A terminal in the sandbox. What the shell prints waits inside until the person's end has shown what came before.

The shell runs as every command does: as the sandbox's user, under its limits, with its network. It ends with whoever opened it,
and with everything that it started, unless that was put into a session of its own; with the sandbox all of it ends.
"""

from __future__ import annotations

import asyncio
import contextlib

from pullwright.protocol.errors import PullwrightError
from pullwright.sandbox.sandbox import Command, Process
from pullwright.tasks.inside.words import Ended, Opened, OpenTerminal, Printed, Resized, Took, Typed, frame, read_said
from pullwright.tools.tool import Bench

AHEAD = 256 << 10
"""Bytes that may be on their way to the person's screen."""
SHELL = 'command -v bash >/dev/null && exec bash; exec "${SHELL:-sh}"'
MOST_COLUMNS, MOST_ROWS = 1000, 500


class Terminal:
    """One terminal: `serve` has it until the shell or its reader ends."""

    def __init__(self, bench: Bench, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._bench = bench
        self._reader = reader
        self._writer = writer
        self._process: Process | None = None
        self._ahead = 0

    async def serve(self, asked: OpenTerminal) -> None:
        """Open the terminal, and carry what is typed and printed."""
        command = Command(
            argv=("sh", "-c", SHELL),
            env={"COLORTERM": "truecolor"},
            terminal=_size(asked.columns, asked.rows),
            read_only=self._bench.holds_back,
        )
        try:
            process = await self._bench.sandbox.start(command, self._print)
        except PullwrightError as error:
            self._print(f"{error}\r\n{error.fix}\r\n".encode())
            self._writer.write(frame(Ended(exit_code=None)))
            return
        self._process = process
        ending = asyncio.create_task(self._end(process))
        try:
            await self._hear(process)
        finally:
            ending.cancel()
            if process.finished is None:
                with contextlib.suppress(PullwrightError):
                    await asyncio.shield(process.kill())

    def _print(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        cleaned = self._bench.redact(data)
        self._writer.write(frame(Printed(data=cleaned)))
        self._ahead += len(cleaned)
        if self._ahead > AHEAD and self._process is not None:
            self._process.hold(True)

    async def _hear(self, process: Process) -> None:
        """What the person does, until they leave."""
        while (said := await read_said(self._reader)) is not None:
            match said:
                case Typed():
                    with contextlib.suppress(OSError):
                        await process.write(said.data)
                case Resized():
                    with contextlib.suppress(OSError):
                        await process.resize(*_size(said.columns, said.rows))
                case Took():
                    self._ahead = max(0, self._ahead - said.count)
                    if self._ahead <= AHEAD:
                        process.hold(False)

    async def _end(self, process: Process) -> None:
        """Say how the shell ended, and leave: then nothing more is heard."""
        try:
            finished = await process.wait()
            code = finished.exit_code if finished is not None else None
        except PullwrightError:
            code = None
        self._writer.write(frame(Ended(exit_code=code)))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()
        self._writer.close()


def _size(columns: int, rows: int) -> tuple[int, int]:
    return min(max(columns, 2), MOST_COLUMNS), min(max(rows, 2), MOST_ROWS)


OPENED = frame(Opened())
