"""A connection to a port of the sandbox: bytes both ways, as much in memory as one piece of each."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from pullwright.sandbox.sandbox import Sandbox

PIECE = 1 << 16


async def connect(sandbox: Sandbox, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect with a port on the sandbox's own loopback. Raises `OSError` when nothing listens there, `SandboxLost`."""
    inside = socket.socket(fileno=await sandbox.connect(port))
    inside.setblocking(False)
    return await asyncio.open_connection(sock=inside)


async def carry(
    one: tuple[asyncio.StreamReader, asyncio.StreamWriter], other: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    """Carry until both sides have ended, or one has broken. The caller closes."""
    async with asyncio.TaskGroup() as group:
        both = (group.create_task(_pump(one[0], other[1])), group.create_task(_pump(other[0], one[1])))
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
        if any(not task.result() for task in done):
            for task in both:
                task.cancel()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether it came to an orderly end, which is passed on."""
    try:
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        with contextlib.suppress(OSError):
            writer.close()
        return False
    return True
