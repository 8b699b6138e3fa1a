"""The host's end of the init's protocol, against a socket that answers what the test says."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import pytest

from pullwright.sandbox.linux.control import Control, Op


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("given_up", [False, True])
def test_a_descriptor_that_came_as_its_asker_left_is_closed(given_up: bool) -> None:
    async def ask() -> int:
        ours, theirs = socket.socketpair()
        with theirs:
            control = Control(ours, lambda: None)
            asking = asyncio.create_task(control.ask(Op.OPEN, b"x"))
            await asyncio.sleep(0)
            before = open_files()
            with open("/dev/null") as sent:
                socket.send_fds(theirs, [struct.pack("=IIHHi", 4, 1, Op.DONE, 1, 0)], [sent.fileno()])
            control._readable()  # pyright: ignore[reportPrivateUsage] - in the same turn of the loop in which the asker leaves
            assert open_files() == before + 1
            if given_up:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
                assert asking.cancelled()
            left = open_files() - before
            if not given_up:
                os.close((await asking).fd)
            control.close()
        return left

    assert asyncio.run(ask()) == (0 if given_up else 1)
