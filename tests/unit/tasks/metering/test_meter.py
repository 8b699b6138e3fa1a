"""A call's row: there before the call, closed once, exact or estimated."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from metering_scene import a_call, a_meter, cost, rows
from pullwright.protocol.usage import Usage
from pullwright.tasks.store.usage import UsageFilter, sum_usage

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_row_is_there_before_the_call_and_then_says_what_was_counted(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):
        call = await meter.begin(a_call(key_id="key_1", project_id="proj_1"), cost)
        (row,) = await rows(service)
        assert (row.id, row.open, row.estimated, row.status) == (call.id, True, True, "in_progress")
        assert 80 <= row.input <= 125
        assert row.cost_usd == pytest.approx(row.input / 1e6)
        call.heard(0)
        call.heard(40)
        call.heard(2)
        used = await call.end("completed", Usage(input=97, cached=90, output=11, reasoning=3))
        assert used.input == 97
        assert await call.end("failed", None) == used
        (row,) = await rows(service)
        assert (row.open, row.estimated, row.status) == (False, False, "completed")
        assert (row.input, row.cached, row.output, row.reasoning, row.heard_bytes) == (97, 90, 11, 3, 42)
        assert row.cost_usd == pytest.approx(119e-6)
        assert row.first_seconds is not None
        assert 0 <= row.first_seconds <= row.seconds
        assert (row.key_id, row.project_id, row.server_id, row.response_id) == ("key_1", "proj_1", meter.id, "resp_1")
        assert meter.open_calls == 0


async def test_what_was_not_counted_is_estimated_and_never_nothing(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):
        cut = await meter.begin(a_call(), cost)
        cut.heard(1000)
        used = await cut.end("failed", None)
        nothing = await meter.begin(a_call(sent_bytes=0), cost)
        await nothing.end("cancelled", None)
        assert used.estimated
        assert 200 <= used.output <= 320
        assert all(row.estimated and row.input > 0 and not row.open for row in await rows(service))
        refused = await meter.begin(a_call(), cost)
        assert await refused.end("failed", Usage()) == Usage()  # the upstream did nothing, and said so


async def test_an_estimate_follows_what_was_counted_before(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (_, meter):
        for size in (300, 3000):  # two bytes a token, as of nothing that we know
            counted = await meter.begin(a_call(sent_bytes=size), cost)
            counted.heard(size)
            await counted.end("completed", Usage(input=size // 2, output=size // 2))
    async with a_meter(tmp_path, database_url) as (_, meter):  # another process, later
        call = await meter.begin(a_call(sent_bytes=900), cost)
        call.heard(700)
        used = await call.end("failed", None)
        assert used.input == pytest.approx(450, rel=0.2)
        assert used.output == pytest.approx(350, rel=0.2)
        assert await meter.estimate("openai", "small", 900) == pytest.approx(450, rel=0.2)


async def test_many_calls_at_once_are_one_row_each(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):

        async def one(number: int) -> None:
            call = await meter.begin(a_call(response_id=f"resp_{number}"), cost)
            call.heard(number)
            await asyncio.sleep(0)
            await call.end("completed", Usage(input=number, output=1) if number % 2 else None)

        await asyncio.gather(*(one(number) for number in range(400)))  # more than a journal has slots at first
        found = await rows(service)
        assert len(found) == 400
        assert not any(row.open for row in found)
        (total,) = await service.database.read(sum_usage, UsageFilter())
        assert total.estimated == 200
        assert sum(row.input for row in found if not row.estimated) == sum(range(1, 400, 2))


async def test_who_is_cancelled_leaves_no_row_open(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):

        async def one() -> None:
            call = await meter.begin(a_call(), cost)
            try:
                await asyncio.sleep(30)
            finally:
                await call.end("cancelled", None)

        for pause in (0.0, 0.0, 0.0005, 0.001, 0.002, 0.005, 0.02):
            task = asyncio.create_task(one())
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.wait((task,))
        forgotten = await meter.begin(a_call(), cost)
        forgotten.heard(100)
    async with a_meter(tmp_path, database_url) as (service, _):
        found = await rows(service)
        assert not any(row.open for row in found)
        assert {row.status for row in found} == {"cancelled"}
        assert any(row.id == forgotten.id and row.heard_bytes == 100 for row in found)
    assert list((tmp_path / "data/metering").iterdir()) == []


async def test_a_long_call_shows_what_it_has_used_so_far(tmp_path: Path, database_url: str) -> None:
    async with a_meter(tmp_path, database_url) as (service, meter):
        call = await meter.begin(a_call(), cost)
        (before,) = await service.database.read(sum_usage, UsageFilter())
        call.heard(4000)
        await meter.look()
        (now,) = await service.database.read(sum_usage, UsageFilter())
        assert now.output > before.output + 500
        assert now.cost_usd > before.cost_usd
        assert (now.calls, now.estimated) == (1, 1)
        await call.end("completed", Usage(input=1, output=1))
        (ended,) = await service.database.read(sum_usage, UsageFilter())
        assert (ended.tokens, ended.estimated) == (2, 0)
