"""Lines from standard input on the event loop: a terminal's, a pipe's or a file's.

async with Typed(0) as typed:
    line = await typed.line()      None: there is no more
    async with typed.away(): …     somebody else (an editor) has the terminal
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

LONGEST = 4 << 20
"""Characters of one line; what follows is the next one."""

_PIECE = 1 << 16


class Typed:
    """Reads only as far as somebody waits for lines, and a piece ahead."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._part = ""
        self._lines: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._ended = False
        self._watched = False
        self._polls = True

    async def __aenter__(self) -> Self:
        self._watch()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._unwatch()

    @property
    def terminal(self) -> bool:
        """Whether a person types."""
        return os.isatty(self._fd)

    @property
    def waiting(self) -> bool:
        """Whether a line is there already."""
        return bool(self._lines)

    async def line(self) -> str | None:
        """The next line without its end. To be awaited by one task at a time."""
        while not self._lines:
            if self._ended:
                return None
            self._arrived.clear()
            if self._polls:
                await self._arrived.wait()
            else:  # a file is always readable, and no event loop watches one
                self._read()
                await asyncio.sleep(0)
        return self._lines.popleft()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Leave the terminal to somebody else."""
        self._unwatch()
        try:
            yield
        finally:
            if not self._ended:
                self._watch()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """What is typed meanwhile is not shown."""
        if not self.terminal:
            yield
            return
        import termios

        before = termios.tcgetattr(self._fd)
        hidden = [*before]
        hidden[3] &= ~termios.ECHO
        termios.tcsetattr(self._fd, termios.TCSANOW, hidden)
        try:
            yield
        finally:
            termios.tcsetattr(self._fd, termios.TCSANOW, before)

    def _watch(self) -> None:
        try:
            asyncio.get_running_loop().add_reader(self._fd, self._read)
            self._watched = True
        except (PermissionError, NotImplementedError):
            self._polls = False

    def _unwatch(self) -> None:
        if self._watched:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._watched = False

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _PIECE)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self._ended = True
            self._unwatch()
            if self._part:
                self._lines.append(self._part)
                self._part = ""
        else:
            *lines, self._part = (self._part + self._decoder.decode(data)).split("\n")
            self._lines.extend(line.rstrip("\r") for line in lines)
            if len(self._part) > LONGEST:
                self._lines.append(self._part)
                self._part = ""
        self._arrived.set()
