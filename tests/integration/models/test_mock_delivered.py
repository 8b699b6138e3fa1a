"""The mock server's own books: what it gave out of each answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pullwright.models.http import Broken, Client
from pullwright.models.mock.script import Answer, SaidCall, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.protocol.usage import Usage

TEXT = "0123456789" * 100
PATHS = ["/responses", "/chat/completions", "/messages"]


async def call(server: MockServer, path: str, *, until: int = 1 << 30, stream: bool = True) -> bytes:
    """Read the answer's first `until` bytes, then hang up."""
    body = b'{"model":"m","stream":%s}' % (b"true" if stream else b"false")
    async with Client(server.url, {}) as client, client.request("POST", path, {}, body) as response:
        return await response.read(until)


@pytest.mark.parametrize("path", PATHS)
def test_a_whole_answer_is_delivered_as_its_usage_says(path: str) -> None:
    async def run() -> None:
        usage = Usage(input=11, output=300, reasoning=100)
        answer = Answer(text=TEXT, reasoning="r" * 50, calls=(SaidCall("f", {"a": "é"}),), usage=usage, piece=10)
        async with MockServer(Script([answer, answer, Trouble(status=500)])) as server:
            await call(server, path)
            await call(server, path, stream=False)
            await call(server, path)
            assert [(one.input, one.output, one.whole) for one in server.delivered] == [(11, 300, True)] * 2
            assert server.delivered[0].said == 1000 + 50 + len('{"a":"é"}'.encode())

    asyncio.run(run())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("hangs_up", ["client", "server"])
def test_of_a_cut_answer_that_part_is_delivered_which_went_out(path: str, hangs_up: str) -> None:
    async def run() -> None:
        trouble = Trouble(pause=0.002) if hangs_up == "client" else Trouble(cut_after=12_000)
        answer = Answer(text=TEXT, usage=Usage(input=11, output=300), usage_sent=False, piece=10, trouble=trouble)
        async with MockServer(Script([answer])) as server:
            try:
                heard: Any = await call(server, path, until=12_000)
            except Broken:
                heard = None
            while server.answering:
                await asyncio.sleep(0.01)
            (one,) = server.delivered
            assert not one.whole
            assert heard is None or abs(one.sent - len(heard)) < 3000
            assert 0 < one.said < 1000
            assert one.output == round(300 * one.said / 1000)

    asyncio.run(run())
