"""A meter in the test's process, over a database of its own; and one in another process, to be killed.

async with a_meter(folder, url) as meter: …
process = calling(folder, url, 5, 400)      a process that holds 5 open calls, each of which has heard 400 bytes
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.called import Called
from pullwright.tasks.metering.meter import Meter
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import ROWS


def cost(usage: Usage, answering: str = "", /) -> float:
    """A dollar for a million tokens in, two for a million out."""
    return (usage.input + 2 * usage.output) / 1e6


def a_call(**fields: Any) -> Called:
    """A call of 380 bytes, which is about 100 tokens."""
    common: dict[str, Any] = {"user_id": "user_ada", "key_id": "", "project_id": "", "provider": "openai", "model": "small"}
    return Called(**{**common, "response_id": "resp_1", "sent_bytes": 380, "images": 0, **fields})


@asynccontextmanager
async def a_meter(folder: Path, url: str) -> AsyncGenerator[tuple[Service, Meter]]:
    """An open meter on a service of its own."""
    config = ServiceConfig(data=folder / "data", cache=folder / "cache", models={}, database=url)
    async with Service.open(config) as service, Meter.open(service) as meter:
        yield service, meter


async def rows(service: Service) -> list[UsageEntry]:
    """Every row of usage, by its id."""
    return await service.database.read(lambda connection: ROWS.all(connection, order=ROWS.table.c.id))


@contextmanager
def calling(folder: Path, url: str, calls: int, said: int, *, counted: int = 0) -> Iterator[Callable[[], None]]:
    """A process with open calls, and what kills it. Of them `counted` are told by their provider what they used, just when it
    cannot write."""
    words = [sys.executable, __file__, str(folder), url, str(calls), str(said), str(counted)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:

        def kill() -> None:
            process.kill()
            process.wait(30)

        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "calling\n"
            yield kill
        finally:
            kill()


async def _call(folder: Path, url: str, calls: int, said: int, counted: int) -> None:
    async with a_meter(folder, url) as (_, meter):
        open_calls = await asyncio.gather(*(meter.begin(a_call(response_id=f"resp_{n}"), cost) for n in range(calls)))
        for call in open_calls:
            for _ in range(said):
                call.heard(1)
        for call in open_calls[:counted]:
            call._close("completed", Usage(input=100, output=50))  # and the loop has no time to write it
        print("calling", flush=True)
        while counted:
            pass
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(_call(Path(sys.argv[1]), sys.argv[2], *(int(word) for word in sys.argv[3:])))
