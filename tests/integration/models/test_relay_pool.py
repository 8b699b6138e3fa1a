"""Many calls to one server at once: connections kept, replaced and dropped."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from pullwright.models.line import UNCONNECTED, Broken
from pullwright.models.mock.script import Answer, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.models.relay.pool import Pool

BODY = b'{"model":"m","stream":true}'
SLOW = Answer(text="word " * 100, piece=5, trouble=Trouble(pause=0.005))


async def ask(pool: Pool, *, until: int = 1 << 30) -> bytes:
    """The answer's first `until` bytes."""
    async with pool.request("POST", "/responses", {}, BODY) as response:
        return await response.read(until)


async def quiet(server: MockServer) -> None:
    """Wait until the server has noticed that nobody listens."""
    async with asyncio.timeout(5):
        while server.answering:
            await asyncio.sleep(0.01)


def test_idle_connections_are_kept_up_to_the_bound() -> None:
    async def run() -> None:
        async with MockServer(Script(lambda _: SLOW)) as server, Pool(server.url, {}, kept=3) as pool:
            await asyncio.gather(*(ask(pool) for _ in range(8)))
            await asyncio.gather(*(ask(pool) for _ in range(8)))
            assert server.connections == pool.connections == 8 + 5

    asyncio.run(run())


def test_a_connection_that_was_idle_too_long_is_not_used_again() -> None:
    async def run() -> None:
        async with MockServer(Script(lambda _: Answer(text="x"))) as server, Pool(server.url, {}, idle=0.05) as pool:
            await ask(pool)
            await asyncio.sleep(0.1)
            await ask(pool)
            assert server.connections == 2

    asyncio.run(run())


def test_kept_connections_that_are_dead_are_replaced_quietly_and_no_call_is_answered_twice() -> None:
    async def run() -> None:
        async with MockServer(Script(lambda _: SLOW)) as first:
            port = int(first.url.split(":")[2].split("/")[0])
            pool = Pool(first.url, {})
            await asyncio.gather(*(ask(pool) for _ in range(5)))
        async with MockServer(Script(lambda _: SLOW), port=port) as second:
            answers = await asyncio.gather(*(ask(pool) for _ in range(5)))
            assert all(b"response.completed" in answer for answer in answers)
            assert len(second.requests) == 5
        with pytest.raises(Broken):
            await ask(pool)
        await pool.aclose()

    asyncio.run(run())


def test_a_kept_connection_on_which_the_request_was_perhaps_at_work_is_not_asked_again() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(BODY))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        asked.append(await reader.readuntil(BODY))
        await asyncio.sleep(1.3)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, Pool(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {}) as pool:
            assert await ask(pool) == b"hi"
            with pytest.raises(Broken):
                await ask(pool)
            assert len(asked) == 2

    asyncio.run(run())


def test_a_server_that_died_with_the_request_in_its_hands_may_have_begun_it() -> None:
    async def run() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(BODY)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            await reader.readuntil(BODY)
            server.close()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Pool(url, {}) as pool:
            assert await ask(pool) == b"hi"
            with pytest.raises(Broken) as died:
                await ask(pool)
            with pytest.raises(Broken) as nobody:
                await ask(pool)
            assert not str(died.value).startswith(UNCONNECTED)
            assert str(nobody.value).startswith(UNCONNECTED)

    asyncio.run(run())


@pytest.mark.parametrize("leave", ["early", "cancelled before the answer", "cancelled in the answer"])
def test_who_leaves_drops_its_own_connection_alone(leave: str) -> None:
    async def run() -> None:
        late = Answer(text="x", delay=30) if leave == "cancelled before the answer" else SLOW
        script = Script([SLOW, late, Answer(text="after")])
        async with MockServer(script) as server, Pool(server.url, {}) as pool:
            whole = asyncio.create_task(ask(pool))
            while not server.requests:
                await asyncio.sleep(0.01)
            if leave == "early":
                await ask(pool, until=10)
            else:
                leaving = asyncio.create_task(ask(pool))
                await asyncio.sleep(0.1)
                leaving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await leaving
            assert b"response.completed" in await whole
            assert b"after" in await ask(pool)
            assert server.connections == 2
            if leave != "cancelled before the answer":  # the mock sleeps without looking at the connection
                await quiet(server)

    asyncio.run(run())


def test_closing_the_pool_breaks_what_is_under_way() -> None:
    async def run() -> None:
        async with MockServer(Script(lambda _: SLOW)) as server:
            pool = Pool(server.url, {})
            under_way = asyncio.create_task(ask(pool))
            while not server.requests:
                await asyncio.sleep(0.01)
            await pool.aclose()
            with pytest.raises(Broken):
                await under_way
            await quiet(server)

    asyncio.run(run())
