"""The pieces of a stream as a script's trouble wants them: cut, dripping, silent, broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator

from pullwright.models.mock.script import Trouble


class Dropped(Exception):
    """The script wants the connection dropped."""


async def paced(frames: Iterator[bytes], trouble: Trouble) -> AsyncGenerator[bytes, None]:
    """The pieces to write, each when it is due. Raises `Dropped` where the connection is to be dropped."""
    stop = trouble.cut_after if trouble.cut_after is not None else trouble.silent_after
    sent = 0
    for piece in troubled(frames, trouble):
        if stop is not None and sent + len(piece) > stop:
            yield piece[: stop - sent]
            await asyncio.sleep(trouble.silence if trouble.silent_after is not None else 0)
            raise Dropped
        sent += len(piece)
        yield piece
        if trouble.pause:
            await asyncio.sleep(trouble.pause)


def troubled(frames: Iterator[bytes], trouble: Trouble) -> Iterator[bytes]:
    """All pieces: frames, or what `garbage`, `malformed` and `drip` make of them."""
    if trouble.garbage is not None:
        frames = iter([trouble.garbage])
    elif trouble.malformed:
        told = list(frames)
        frames = iter([*told[: len(told) // 2], b"data: {broken\n\n", *told[len(told) // 2 :]])
    if trouble.drip:
        whole = b"".join(frames)
        yield from (whole[start : start + trouble.drip] for start in range(0, len(whole), trouble.drip))
        return
    yield from frames
