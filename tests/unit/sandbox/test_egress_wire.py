"""One end of an HTTP connection: closed while bytes are still on their way."""

import asyncio
import socket

import h11
import pytest

from pullwright.sandbox.egress.wire import Wire

MUCH = 4 << 20
pytestmark = pytest.mark.anyio


async def _wire(sock: socket.socket) -> Wire:
    reader, writer = await asyncio.open_connection(sock=sock)
    writer.write(bytes(MUCH))
    assert writer.transport.get_write_buffer_size() > 0
    return Wire(h11.Connection(h11.CLIENT), reader, writer, 5)


async def test_closing_sends_what_was_written_when_the_peer_takes_it() -> None:
    near, far = socket.socketpair()
    with far:
        wire = await _wire(near)
        closing = asyncio.create_task(wire.close())
        came = 0
        far.setblocking(False)
        while piece := await asyncio.get_running_loop().sock_recv(far, 1 << 20):
            came += len(piece)
        await closing
        assert came == MUCH
        assert near.fileno() == -1


async def test_closing_does_not_wait_for_a_peer_that_takes_nothing() -> None:
    near, far = socket.socketpair()
    with far:
        wire = await _wire(near)
        await wire.close()
        await asyncio.sleep(0)
        assert near.fileno() == -1


@pytest.mark.parametrize("pauses", [0, 1, 2, 3])
async def test_closing_may_be_cancelled_at_any_moment(pauses: int) -> None:
    near, far = socket.socketpair()
    with far:
        wire = await _wire(near)
        closing = asyncio.create_task(wire.close())
        await asyncio.sleep(0)
        far.setblocking(False)
        came = 0
        while came < MUCH:
            came += len(await asyncio.get_running_loop().sock_recv(far, 1 << 20))
        for _ in range(pauses):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        assert closing.cancelled() or closing.exception() is None
        await asyncio.sleep(0)
        assert near.fileno() == -1
