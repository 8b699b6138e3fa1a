"""The worker's side of an attempt's socket: open for as long as the sandbox is.

What people do there never holds the turn up: nothing here is waited for by it, and nothing here fails it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Noticed
from pullwright.tasks.inside import address
from pullwright.tasks.inside.carrying import carry, connect
from pullwright.tasks.inside.looking import list_folder, list_ports, may_open, read_file
from pullwright.tasks.inside.terminal import OPENED, Terminal
from pullwright.tasks.inside.words import (
    Answered,
    ListFolder,
    ListPorts,
    OpenPort,
    OpenTerminal,
    ReadFile,
    Refused,
    frame,
    read_asked,
)
from pullwright.tools.tool import Bench

MOST = 128
"""Connections at once, of all who look in."""
TERMINALS = 8

_LOG = logging.getLogger("pullwright.worker")


@asynccontextmanager
async def window(data: Path, attempt: str, bench: Bench) -> AsyncGenerator[None]:
    """Let people look into the sandbox of `bench` while the block runs. Where that cannot be had, the block runs without."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            listener = stack.enter_context(address.listening(data, attempt))
            opened = _Window(bench)
            server = await asyncio.start_unix_server(opened.serve, sock=listener)
            stack.callback(opened.close)
            stack.callback(server.close)
        except OSError as error:
            _LOG.warning("nobody can look into %s: %s", attempt, error)
        yield


class _Window:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._visits: set[asyncio.Task[None]] = set()
        self._terminals = 0

    def close(self) -> None:
        """End every visit."""
        for visit in self._visits:
            visit.cancel()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        visit = asyncio.current_task()
        assert visit is not None
        self._visits.add(visit)
        try:
            if len(self._visits) <= MOST and address.is_ours(writer.get_extra_info("socket")):
                await self._answer(reader, writer)
        except asyncio.CancelledError:
            pass  # the sandbox closes, and what was opened in it with it
        except (OSError, ValueError, PullwrightError) as error:
            _LOG.info("a look inside broke: %s", error)
        except Exception:
            _LOG.exception("a look inside broke")
        finally:
            self._visits.discard(visit)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match await read_asked(reader):
            case ListFolder(path=path):
                await _say(writer, await list_folder(self._bench.sandbox, path))
            case ReadFile(path=path, most=most):
                await _say(writer, await read_file(self._bench, path, most))
            case ListPorts():
                await _say(writer, await list_ports(self._bench.sandbox))
            case OpenTerminal() as asked:
                await self._terminal(asked, reader, writer)
            case OpenPort() as asked:
                await self._port(asked, reader, writer)
            case None:
                pass

    async def _terminal(self, asked: OpenTerminal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._terminals >= TERMINALS:
            await _say(writer, Refused(why=f"{TERMINALS} terminals are open in this sandbox", fix="Close one."))
            return
        self._terminals += 1
        try:
            writer.write(OPENED)
            await self._tell(f"{asked.by} opened a terminal in the sandbox: what is changed there becomes part of the work")
            await Terminal(self._bench, reader, writer).serve(asked)
        finally:
            self._terminals -= 1

    async def _port(self, asked: OpenPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not may_open(self._bench.sandbox, asked.port):
            await _say(writer, Refused(why=f"port {asked.port} is not a server's of this sandbox"))
            return
        try:
            inside = await connect(self._bench.sandbox, asked.port)
        except OSError:
            await _say(writer, Refused(why=f"nothing inside listens on port {asked.port}", missing=True))
            return
        try:
            if asked.by:
                await self._tell(f"{asked.by} opened port {asked.port} of the sandbox in their browser")
            await _say(writer, None)
            await carry((reader, writer), inside)
        finally:
            inside[1].close()

    async def _tell(self, text: str) -> None:
        """In the attempt's log."""
        await self._bench.record(Noticed(level="info", text=text))


async def _say(writer: asyncio.StreamWriter, answer: Answered | None) -> None:
    writer.write(OPENED if answer is None else frame(answer))
    await writer.drain()
