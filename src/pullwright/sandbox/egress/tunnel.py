"""CONNECT under a `tunnel` rule: the first bytes are checked, the rest is carried unseen.

On port 443 the first bytes must be a TLS ClientHello that names the CONNECT host. On port 80 they are plain HTTP,
which `requests` judges one by one, or such a hello. On any other port, which a person has listed on purpose, TLS is
checked when it is TLS, and anything else (ssh, a database) is carried as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from pullwright.sandbox.egress.hello import ALERT_UNRECOGNIZED_NAME, Incomplete, looks_like_tls, server_name
from pullwright.sandbox.egress.refusal import Refused
from pullwright.sandbox.egress.relay import PIECE, relay
from pullwright.sandbox.egress.rules import Destination


async def first_bytes(inside: socket.socket, early: bytes, seconds: float) -> bytes:
    """What the client says first (`early` came with its CONNECT). Empty when it closed. Raises `TimeoutError`."""
    if early:
        return early
    async with asyncio.timeout(seconds):
        return await asyncio.get_running_loop().sock_recv(inside, PIECE)


async def checked_hello(inside: socket.socket, first: bytes, destination: Destination, seconds: float) -> bytes:
    """All bytes up to the end of a ClientHello that names the destination. Raises `Refused`; nothing has gone outside then."""
    data = first
    name: str | None = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    name = server_name(data)
                    break
                except Incomplete:
                    piece = await asyncio.get_running_loop().sock_recv(inside, PIECE)
                    if not piece:
                        raise Refused("the client closed before its TLS ClientHello was whole") from None
                    data += piece
    except TimeoutError:
        raise Refused("the TLS ClientHello did not come in time") from None
    if name is None:
        raise Refused(f"the TLS ClientHello names no host, so that it cannot be told to be {destination.host}")
    if name != destination.host:
        raise Refused(f"the TLS ClientHello names another host than the CONNECT to {destination.host}")
    return data


def alert(inside: socket.socket) -> None:
    """Tell a TLS client that its hello was refused: an alert makes a better message than a closed connection."""
    with contextlib.suppress(OSError):
        inside.send(ALERT_UNRECOGNIZED_NAME)


async def carry_tls(inside: socket.socket, outside: socket.socket, hello: bytes, idle_seconds: float) -> None:
    """Send the checked hello outside, then carry bytes both ways."""
    await asyncio.get_running_loop().sock_sendall(outside, hello)
    await relay(inside, outside, idle_seconds)


async def carry_raw(
    inside: socket.socket, outside: socket.socket, early: bytes, destination: Destination, seconds: float, idle_seconds: float
) -> None:
    """A port for which neither side need be TLS, and the server may speak first. Raises `Refused` for TLS to another name."""
    loop = asyncio.get_running_loop()
    if not early:
        early = await _greet(inside, outside, idle_seconds)
    if looks_like_tls(early):
        early = await checked_hello(inside, early, destination, seconds)
    if early:
        await loop.sock_sendall(outside, early)
    else:
        outside.shutdown(socket.SHUT_WR)
    await relay(inside, outside, idle_seconds)


async def _greet(inside: socket.socket, outside: socket.socket, idle_seconds: float) -> bytes:
    """Carry what the server says until the client says something, and return that."""
    loop = asyncio.get_running_loop()

    async def listen() -> None:
        with contextlib.suppress(OSError):
            while piece := await loop.sock_recv(outside, PIECE):
                await loop.sock_sendall(inside, piece)

    async with asyncio.timeout(idle_seconds):
        async with asyncio.TaskGroup() as group:
            greeting = group.create_task(listen())
            first = await loop.sock_recv(inside, PIECE)
            greeting.cancel()
    return first
