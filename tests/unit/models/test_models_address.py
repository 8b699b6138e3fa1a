"""A connection to a model's server, and what is left of one that nobody waits for any more."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from pullwright.models.address import Address


async def given_up_after(turns: int) -> list[str]:
    """Begin to connect and give up after so many turns of the loop; what is lost."""
    accepted: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0)
    address = Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", {})
    with warnings.catch_warnings(record=True) as lost:
        warnings.simplefilter("always", ResourceWarning)
        asking = asyncio.create_task(address.connect())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        (end,) = await asyncio.gather(asking, return_exceptions=True)
        if not isinstance(end, BaseException):
            end.abort()
        del asking, end
        await asyncio.sleep(0.02)
        for writer in accepted:
            writer.close()
        await asyncio.sleep(0.01)
        gc.collect()
    server.close()
    await server.wait_closed()
    return [str(one.message) for one in lost if "unclosed" in str(one.message)]


@pytest.mark.parametrize("turns", range(1, 16))
def test_a_connection_that_nobody_waits_for_is_closed(turns: int) -> None:
    assert asyncio.run(given_up_after(turns)) == []
