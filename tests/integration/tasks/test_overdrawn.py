"""An account that is used up stops what runs on it, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.projects.budgets import set_budget
from pullwright.tasks.store.budgets import put_budget
from pullwright.tasks.store.rows.accounts import BudgetLimit
from pullwright.tasks.store.usage import UsageFilter, sum_usage
from pullwright.tasks.work.overdrawn import stop_overdrawn
from service_scene import scene

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def going_on(request: Mapping[str, Any]) -> Reply:
    """One command after the other, without end."""
    number = len(request["input"])
    return Answer(calls=(SaidCall("exec", {"command": f"echo {number} && sleep 0.1"}),))


async def test_what_runs_on_an_account_that_is_used_up_is_stopped(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, going_on) as stage:
        database, bells = stage.service.database, stage.service.bells
        task = await stage.dispatch("count")
        await stage.until(task.id, "running")
        while not (await database.read(sum_usage, UsageFilter(task=task.id)))[0].calls:
            await asyncio.sleep(0.05)
        assert await stop_overdrawn(database, bells) == []
        other = BudgetLimit(scope="user", scope_id="user_other", period="total", tokens=0)
        await database.write(put_budget, other)
        await set_budget(stage.service, PULLWRIGHT, BudgetLimit(scope="user", scope_id=stage.ann.user_id, period="day", tokens=1))
        calls = (await database.read(sum_usage, UsageFilter(task=task.id)))[0].calls
        while (await database.read(sum_usage, UsageFilter(task=task.id)))[0].calls < calls + 2:
            await asyncio.sleep(0.05)  # by itself it goes on
        told = await stop_overdrawn(database, bells)
        assert len(told) == 1
        assert await stop_overdrawn(database, bells) == []
        seen = await stage.until(task.id, "over_budget")
        assert "the work is kept" in str(seen.attempts[0].outcome)
