"""Processes that are killed in the middle of calls: every row is closed once, with what came."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from metering_scene import a_call, a_meter, calling, cost, rows
from pullwright.protocol.usage import Usage
from pullwright.tasks.metering.meter import Meter
from pullwright.tasks.store.servers import list_servers
from pullwright.tasks.store.tables import METADATA

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_what_a_killed_process_had_heard_is_not_lost(tmp_path: Path, database_url: str) -> None:
    with calling(tmp_path, database_url, 5, 1000) as kill:
        async with a_meter(tmp_path, database_url) as (service, meter):
            assert [row.open for row in await rows(service)] == [True] * 5  # it lives: nobody closes its calls
            kill()
            await meter.look()
            found = await rows(service)
            assert {(row.open, row.estimated, row.status, row.heard_bytes) for row in found} == {(False, True, "gone", 1000)}
            for row in found:
                assert row.output == pytest.approx(1000 / 3.8, rel=0.05)
                assert row.cost_usd == pytest.approx(cost(Usage(input=row.input, output=row.output)))
                assert row.first_seconds is not None
            assert [server.id for server in await service.database.read(list_servers)] == [meter.id]
            assert [path.name for path in (tmp_path / "data/metering").iterdir()] == [meter.id]


async def test_what_the_provider_had_counted_is_exact_though_its_row_was_not_written(tmp_path: Path, database_url: str) -> None:
    with calling(tmp_path, database_url, 3, 10, counted=2) as kill:
        kill()
    async with a_meter(tmp_path, database_url) as (service, _):
        found = sorted(await rows(service), key=lambda row: row.estimated)
        assert [(row.status, row.estimated) for row in found] == [("completed", False)] * 2 + [("gone", True)]
        assert {(row.input, row.output, row.cost_usd) for row in found[:2]} == {(100, 50, cost(Usage(input=100, output=50)))}


async def test_two_that_recover_at_once_do_it_once(tmp_path: Path, database_url: str) -> None:
    with calling(tmp_path, database_url, 20, 100) as kill:
        kill()
    async with a_meter(tmp_path, database_url) as (service, meter), Meter.open(service) as second:
        await asyncio.gather(meter.look(), second.look(), meter.look())
        found = await rows(service)
        assert len(found) == 20
        assert {row.status for row in found} == {"gone"}


async def test_a_process_of_another_machine_is_gone_when_it_is_silent(tmp_path: Path, database_url: str) -> None:
    """Its journal is elsewhere: what its rows say counts, else what a call usually gives."""
    async with a_meter(tmp_path, database_url) as (service, meter):
        for _ in range(5):
            call = await meter.begin(a_call(), cost)
            call.heard(400)
            await call.end("completed", Usage(input=100, output=100))
    with calling(tmp_path / "elsewhere", database_url, 2, 1000):
        async with a_meter(tmp_path, database_url) as (service, meter):
            await meter.look()
            assert sum(row.open for row in await rows(service)) == 2

            def silence(connection: Connection) -> None:
                servers = METADATA.tables["servers"]
                connection.execute(update(servers).where(servers.c.id != meter.id).values(heartbeat=time.time() - 61))

            await service.database.write(silence)
            await meter.look()
            gone = [row for row in await rows(service) if row.status == "gone"]
            assert [(row.open, row.estimated, row.output) for row in gone] == [(False, True, 100)] * 2


async def test_a_process_that_was_thought_gone_still_says_what_its_calls_used(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):
        call = await meter.begin(a_call(), cost)

        def forget(connection: Connection) -> None:
            usage = METADATA.tables["usage"]
            connection.execute(update(usage).values(open=False, status="gone"))

        await service.database.write(forget)
        await call.end("completed", Usage(input=5, output=6))
        (row,) = await rows(service)
        assert (row.status, row.estimated, row.input, row.output) == ("completed", False, 5, 6)
