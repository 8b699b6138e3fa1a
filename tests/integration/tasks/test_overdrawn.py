"""An account that is used up stops what runs on it, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.mock.script import Answer, Reply, SaidCall
from pullwright.protocol.errors import Forbidden
from pullwright.tasks.engine.gate import MONEY
from pullwright.tasks.engine.waiting import why_waiting
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.people.keys import KeyOrder, create_key, find_actor_of_key
from pullwright.tasks.projects.budgets import set_budget
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.store.budgets import put_budget
from pullwright.tasks.store.records import TaskOrder
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


async def test_a_task_is_charged_to_the_key_that_it_was_dispatched_with(tmp_path: Path, database_url: str) -> None:
    async with scene(tmp_path, database_url, going_on) as stage:
        database, ann = stage.service.database, stage.ann
        key, token = await create_key(stage.service, ann, KeyOrder(name="ci", scopes=("dispatch",), models=("deep",)))
        program = await find_actor_of_key(stage.service, token)
        assert program is not None
        with pytest.raises(Forbidden, match="may not use fast"):
            await dispatch(stage.service, program, TaskOrder(project="shop", prompt="count", model="fast"))
        task = await dispatch(stage.service, program, TaskOrder(project="shop", prompt="count"))
        other = await stage.dispatch("count")
        while not (await database.read(sum_usage, UsageFilter(key=key.id)))[0].calls:
            await asyncio.sleep(0.05)
        await stage.until(other.id, "running")
        await set_budget(stage.service, PULLWRIGHT, BudgetLimit(scope="key", scope_id=key.id, period="total", tokens=1))
        assert len(await stop_overdrawn(database, stage.service.bells)) == 1
        await stage.until(task.id, "over_budget")
        await asyncio.sleep(MONEY)  # for so long a gate believes what it read
        late = await dispatch(stage.service, program, TaskOrder(project="shop", prompt="count"))
        assert (await stage.dispatch("count")).state in ("queued", "running")  # others' turns are not held up
        assert (await database.read(why_waiting, late.attempts[0].turns[0].id)).startswith("the key's budget of 1 tokens")


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
