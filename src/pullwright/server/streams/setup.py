"""One setup as it runs: what its script says, and how it stands.

A frame of the log has as its id the bytes of the log up to its end: who comes back with it gets what was said since.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import msgspec

from pullwright.server.desk import Call
from pullwright.server.streams.frames import HEARTBEAT, logged, passing
from pullwright.tasks.environments.asking import setup_log, view_setup

POLL = 0.5
"""Seconds between two looks. (The log grows once a second.)"""
PIECE = 256 << 10
"""Bytes of a log in one frame."""


async def setup_frames(call: Call, project: str, environment: str, setup: str, resume: str) -> AsyncGenerator[bytes, None]:
    """Its log from `resume` on in pieces (a JSON string each), and `setup` frames with its row; the last one has ended."""
    at = int(resume) if resume.isascii() and resume.isdigit() else 0
    sent = b""
    loop = asyncio.get_running_loop()
    quiet = loop.time()
    while not call.desk.feeds.closing.is_set():
        row = await view_setup(call.service, call.actor, project, environment, setup)
        log = await setup_log(call.service, call.actor, project, environment, setup)
        while piece := whole(log[at : at + PIECE]):
            at, quiet = at + len(piece), loop.time()
            yield logged(at, msgspec.json.encode(piece.decode("utf-8", "replace")))
        if (told := msgspec.json.encode(row)) != sent:
            sent, quiet = told, loop.time()
            yield passing("setup", told)
        if row.state != "running":
            return
        if loop.time() - quiet >= call.desk.feeds.beat:
            quiet = loop.time()
            yield HEARTBEAT
        await asyncio.sleep(POLL)


def whole(piece: bytes) -> bytes:
    """`piece` without a character that was cut at its end."""
    for back in range(1, min(4, len(piece) + 1)):
        byte = piece[-back]
        if byte >= 0xC0:  # a first byte: with it begins a character of `need` bytes
            need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return piece[:-back] if need > back else piece
        if byte < 0x80:
            break
    return piece
