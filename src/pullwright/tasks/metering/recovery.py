"""Calls that processes left open which are gone: closed as estimated, once, whoever sees to it.

On this machine a process is gone when its journal can be locked, and that says what came. On another one, or where the journal
was lost, it is when nothing was heard of it for a minute; then what its rows say counts, or what a call of that model usually
gives.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.journal import Left, LeftBehind, journals_in, take_left
from pullwright.tasks.metering.learning import Learned
from pullwright.tasks.metering.rates import Rates
from pullwright.tasks.store.calls import GONE, Ending, give_up_calls, open_calls, servers_with_open_calls
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.servers import forget_servers, list_servers

SILENT = 60.0
"""Seconds after which a process of another machine counts as gone."""
LATE = 60.0
"""Seconds after which a row of this process that it knows nothing of is closed."""

Price = Callable[[str, Usage], float | None]
"""Dollars of a call of a model, by the price table."""


class Recovery:
    """One process's looks at what others left. `mine` is its own id."""

    def __init__(self, database: Database, folder: Path, mine: str, learned: Learned, price: Price) -> None:
        self._database = database
        self._folder = folder
        self._mine = mine
        self._learned = learned
        self._price = price

    async def look(self) -> int:
        """Close what was left open, and say how many calls that were."""
        count = 0
        left = await asyncio.to_thread(take_left, self._folder)
        try:
            for behind in left:
                said = await asyncio.to_thread(behind.read)
                count += await self._close(behind.server_id, said)
                await asyncio.to_thread(behind.remove)
        finally:
            _release(left)
        alive = await asyncio.to_thread(journals_in, self._folder)
        for server_id in await self._database.read(_silent, alive | {self._mine}, time.time()):
            count += await self._close(server_id, {})
        return count

    async def close_lost(self, known: set[str]) -> int:
        """Close rows of this process that were committed though it was told that they were not."""
        rows = await self._database.read(open_calls, self._mine)
        lost = [row for row in rows if row.id not in known and row.time < time.time() - LATE]
        endings = [self._ending(row, None, await self._learned.of(row.provider, row.model)) for row in lost]
        if endings:
            await self._database.write(give_up_calls, endings)
        return len(endings)

    async def _close(self, server_id: str, said: Mapping[str, Left]) -> int:
        rows = await self._database.read(open_calls, server_id)
        endings = [self._ending(row, said.get(row.id), await self._learned.of(row.provider, row.model)) for row in rows]
        await self._database.write(_give_up, server_id, endings)
        return len(endings)

    def _ending(self, row: UsageEntry, left: Left | None, rates: Rates) -> Ending:
        if left is not None and left.usage is not None:
            return _counted(row, left, left.usage)
        heard = max(row.heard_bytes, left.heard if left is not None else 0)
        given = rates.input(row.sent_bytes, row.images, row.key_id) if row.sent_bytes else row.input
        known = left is not None or heard > 0
        output = rates.output(heard, row.key_id) if known else rates.typical()
        used = Usage(input=given, output=output, estimated=True)
        return Ending(
            id=row.id,
            status=GONE,
            input=used.input,
            output=used.output,
            cost_usd=self._cost(row, left, used),
            seconds=row.seconds,
            estimated=True,
            first_seconds=left.first_seconds if left is not None else row.first_seconds,
            heard_bytes=heard,
        )

    def _cost(self, row: UsageEntry, left: Left | None, used: Usage) -> float | None:
        """At the prices of when it began, where the journal has them; else at the table's."""
        if row.cost_usd is not None and left is not None and left.token_usd is not None:
            before = row.cost_usd - row.output * left.token_usd
            return before * used.input / max(1, row.input) + used.output * left.token_usd
        cost = self._price(row.model, used)
        return row.cost_usd if cost is None else cost


def _counted(row: UsageEntry, left: Left, usage: Usage) -> Ending:
    """Its provider had counted it, and the process ended before the row said so."""
    counts = msgspec.structs.asdict(usage)
    return Ending(
        id=row.id,
        status=left.status,
        **counts,
        cost_usd=left.cost_usd,
        seconds=left.seconds,
        first_seconds=left.first_seconds,
        heard_bytes=left.heard,
    )


def _silent(connection: Connection, alive: set[str], now: float) -> list[str]:
    """Processes that are gone, but for the ones with a journal here: those that nothing was heard of, and those that only rows
    know."""
    servers = list_servers(connection)
    heard_of = {server.id for server in servers if server.heartbeat >= now - SILENT}
    known = {server.id for server in servers} | set(servers_with_open_calls(connection))
    return sorted(known - heard_of - alive)


def _give_up(connection: Connection, server_id: str, endings: list[Ending]) -> None:
    give_up_calls(connection, endings)
    forget_servers(connection, [server_id])


def _release(left: list[LeftBehind]) -> None:
    for behind in left:
        behind.release()
