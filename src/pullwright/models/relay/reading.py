"""A stream read to its end, whatever happens to it on the way: what fails becomes an error or a frame, by when it fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from pullwright.models.faults import Fault, FaultReader
from pullwright.models.line import Broken
from pullwright.models.relay.passage import Passage
from pullwright.models.relay.relay import Frame
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.wire import StreamFailed

Pieces = AsyncGenerator[Sequence[ServerEvent], None]
"""An upstream's events as they come. May raise `Fault`, `Broken` and `Malformed`; closing it drops the connection."""

_DRAIN = 0.2


async def frames_of(pieces: Pieces, passage: Passage, faults: FaultReader) -> AsyncGenerator[Frame, None]:
    """The frames of one response, as `Relay.stream` promises them."""
    try:
        async with contextlib.aclosing(pieces):
            async for events in pieces:
                for event in events:
                    for frame in passage.read(event):
                        yield frame
                if passage.ended:
                    await drain(pieces)
                    return
        raise Broken("the stream ended before the answer was whole")
    except (Broken, Malformed, StreamFailed, Fault) as trouble:
        error = _fault(trouble, faults).error
        if not passage.begun:
            raise error from None
        if not passage.ended:
            yield passage.fail("server_error", str(error))


def _fault(trouble: Exception, faults: FaultReader) -> Fault:
    if isinstance(trouble, Fault):
        return trouble
    if isinstance(trouble, StreamFailed):
        return faults.failed(trouble.code, trouble.message)
    return faults.broken(str(trouble))


async def drain(pieces: Pieces) -> None:
    """Read what comes after the last event, so that the connection can be kept; but nobody waits for it long."""
    with contextlib.suppress(TimeoutError, Broken, Malformed):
        async with asyncio.timeout(_DRAIN):
            async for _ in pieces:
                pass
