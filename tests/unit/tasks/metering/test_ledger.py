"""Rows that cannot be written now: no call is begun, and what has ended is written later."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from databases import Postgres
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import TryAgainLater
from pullwright.tasks.metering.ledger import Ledger
from pullwright.tasks.store.calls import Ending, open_calls
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import ROWS

pytestmark = pytest.mark.anyio

ROW = UsageEntry(
    id="call_1",
    time=1.0,
    user_id="u",
    project_id="",
    task_id="",
    attempt_id="",
    provider="p",
    model="m",
    open=True,
    server_id="s",
)
END = Ending(
    id="call_1", status="failed", input=3, output=4, cost_usd=None, seconds=1.0, estimated=True, first_seconds=None, heard_bytes=9
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_database_that_is_away_begins_nothing_and_loses_no_ending(postgres: Postgres, postgres_url: str) -> None:
    database = Database(postgres_url, patience=0.2)
    ledger = Ledger(database)
    keeping = asyncio.create_task(ledger.keep())
    written: list[str] = []
    await ledger.put(ROW, lambda: written.append("opened"))
    postgres.stop(crash=True)
    refused = ledger.put(msgspec.structs.replace(ROW, id="call_2"))
    ended = ledger.put(END, lambda: written.append("ended"))
    with pytest.raises(TryAgainLater):
        await refused
    await ended  # who ended it goes on
    assert written == ["opened"]
    postgres.start()
    ledger.close()
    await keeping
    assert written == ["opened", "ended"]
    assert await database.read(open_calls, "s") == []
    rows = await database.read(lambda connection: ROWS.all(connection))
    assert [(row.id, row.status, row.output) for row in rows] == [("call_1", "failed", 4)]
    database.close()


async def test_a_row_that_cannot_be_written_takes_no_others_along(database: Database) -> None:
    ledger = Ledger(database)
    first = ledger.put(ROW)
    twice = ledger.put(ROW)
    other = ledger.put(msgspec.structs.replace(ROW, id="call_2"))
    ledger.close()
    await ledger.keep()
    await asyncio.gather(first, other)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await twice
    assert len(await database.read(open_calls, "s")) == 2
