"""Bytes both ways between two sockets, with bounded memory and an idle limit; and a host's port let in."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from pullwright.sandbox.egress.refusal import Unreachable

PIECE = 1 << 16


async def relay(inside: socket.socket, outside: socket.socket, idle_seconds: float) -> None:
    """Carry bytes both ways until both sides have ended, one has broken, or nothing moved for `idle_seconds`.

    Half-closes are passed on. At most one piece is in memory for each direction. The caller closes the sockets.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(idle_seconds) as deadline, asyncio.TaskGroup() as both:
            both.create_task(_carry(inside, outside, deadline, idle_seconds))
            both.create_task(_carry(outside, inside, deadline, idle_seconds))


async def forward_port(inside: socket.socket, port: int, idle_seconds: float) -> None:
    """Connect one accepted connection with a port on the host's own loopback. Raises `Unreachable`."""
    loop = asyncio.get_running_loop()
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as outside:
            outside.setblocking(False)
            try:
                async with asyncio.timeout(10):
                    await loop.sock_connect(outside, (address, port))
            except (OSError, TimeoutError):
                continue
            await relay(inside, outside, idle_seconds)
            return
    raise Unreachable(f"nothing listens on the host's port {port}")


async def _carry(source: socket.socket, sink: socket.socket, deadline: asyncio.Timeout, idle_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    moved = loop.time()
    try:
        while piece := await loop.sock_recv(source, PIECE):
            await loop.sock_sendall(sink, piece)
            now = loop.time()
            if now - moved > min(1.0, idle_seconds / 4):
                moved = now
                deadline.reschedule(now + idle_seconds)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # One side is gone: nothing that the other still says can arrive, and its reader has to wake up.
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
