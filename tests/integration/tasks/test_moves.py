"""A task is moved by many: people, its turns, the clock. Whoever comes second finds what the first has done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from pullwright.log.sql.inbox import inputs_of
from pullwright.log.sql.tables import log_heads
from pullwright.models.mock.script import Answer, Reply
from pullwright.protocol.errors import Bug, Conflict
from pullwright.protocol.inputs import Answer as Answered
from pullwright.protocol.inputs import RaiseBudget
from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend
from pullwright.tasks.engine.queue import overdue
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.projects.budgets import set_budget
from pullwright.tasks.projects.projects import ProjectEdit, edit_project
from pullwright.tasks.service.dispatching import cancel, pause, resume, retry
from pullwright.tasks.service.giving import give
from pullwright.tasks.service.reviewing import send_back
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import change_attempt
from pullwright.tasks.store.records import AttemptState
from pullwright.tasks.store.rows.accounts import BudgetLimit
from pullwright.tasks.store.tables import turns
from pullwright.tasks.store.tasks import change_task
from pullwright.tasks.work.phases import WorkPhases
from pullwright.tasks.work.settling import settle, start
from service_scene import Scene, scene

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def silent(_request: Mapping[str, Any]) -> Reply:
    return Answer(text="")


def running(connection: Connection, attempt: str) -> str:
    turn = turns.update().where(turns.c.attempt_id == attempt).values(state="running", worker_id="w", started=time.time())
    connection.execute(turn)
    change_attempt(connection, attempt, state="running")
    return str(connection.execute(select(turns.c.id).where(turns.c.attempt_id == attempt)).scalar_one())


def rests(connection: Connection, attempt: str, state: AttemptState) -> None:
    connection.execute(turns.update().where(turns.c.attempt_id == attempt).values(state="finished"))
    change_attempt(connection, attempt, state=state, head="a" * 40)


async def settled(stage: Scene, turn: str, outcome: Cancelled | Failed | NeedsInput) -> None:
    taken = await stage.service.database.write(start, turn, "w")
    await stage.service.database.write(settle, taken, "w", 0, outcome, Spend(), frozenset[str]())


async def states(stage: Scene, task: TaskView) -> tuple[str, str]:
    seen = await view_task(stage.service, stage.ann, task.id)
    return seen.state, seen.attempts[0].state


async def test_who_cancels_a_task_that_is_being_paused_has_cancelled_it(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task = await stage.dispatch("count")
        turn = await stage.service.database.write(running, task.attempts[0].id)
        await pause(stage.service, stage.ann, task.id)
        assert await states(stage, task) == ("paused", "paused")
        await cancel(stage.service, stage.ann, task.id)
        await settled(stage, turn, Cancelled(why="ann"))
        assert await states(stage, task) == ("cancelled", "cancelled")


async def test_what_is_merged_while_a_turn_runs_stays_merged(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        task = await stage.dispatch("count")
        turn = await stage.service.database.write(running, task.attempts[0].id)
        await stage.service.database.write(lambda c: change_attempt(c, task.attempts[0].id, state="merged"))
        await settled(stage, turn, Failed(why="no", fix=""))
        assert await states(stage, task) == ("merged", "merged")
        with pytest.raises(Conflict):
            await retry(stage.service, stage.ann, task.id, fresh=True)


async def test_a_deadline_is_for_what_was_dispatched_and_not_for_what_is_asked_afterwards(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        database, task = stage.service.database, await stage.dispatch("count", deadline=60)
        attempt = task.attempts[0].id
        assert await database.read(overdue, time.time() + 61) == [task.attempts[0].turns[0].id]
        await database.write(rests, attempt, "review")
        await database.write(lambda c: change_task(c, task.id, deadline=time.time() - 1))
        await send_back(stage.service, stage.ann, task.id, "and the rest")
        assert await database.read(overdue, time.time()) == []
        await database.write(rests, attempt, "failed")
        await retry(stage.service, stage.ann, task.id)
        assert await database.read(overdue, time.time()) == []


@pytest.mark.parametrize(("state", "again"), [("paused", resume), ("failed", retry)])
async def test_two_who_set_a_task_going_again_begin_one_turn(
    tmp_path: Path, database_url: str, state: AttemptState, again: Any
) -> None:
    async with scene(tmp_path, database_url, silent, worker=False) as stage:
        task = await stage.dispatch("count")
        await stage.service.database.write(rests, task.attempts[0].id, state)
        both = (again(stage.service, stage.ann, task.id) for _ in range(2))
        await asyncio.gather(*both, return_exceptions=True)
        seen = await view_task(stage.service, stage.ann, task.id)
        assert [one.state for one in seen.attempts[0].turns] == ["finished", "queued"]


async def test_more_money_is_for_the_task_and_never_more_than_its_accounts_have(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        database, task = stage.service.database, await stage.dispatch("count")
        attempt = task.attempts[0].id
        await database.write(running, attempt)
        await database.write(lambda c: change_attempt(c, attempt, spend=Spend(cost_usd=4.0)))
        await give(stage.service, stage.ann, attempt, RaiseBudget(id="inp_1", budget=Budget(usd=5.0)))
        allowed = BudgetLimit(scope="user", scope_id=stage.ann.user_id, period="day", usd=2.0)
        await set_budget(stage.service, PULLWRIGHT, allowed)
        await give(stage.service, stage.ann, attempt, RaiseBudget(id="inp_2", budget=Budget(usd=50.0)))
        given = [one for one, _ in await database.read(inputs_of, task.attempts[0].session)]
        assert [one.budget.usd for one in given if isinstance(one, RaiseBudget)] == [1.0, 2.0]
        assert (await view_task(stage.service, stage.ann, task.id)).budget.usd == 50.0


async def test_an_archived_project_takes_no_tasks(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        await edit_project(stage.service, stage.ann, "shop", ProjectEdit(archived=True))
        with pytest.raises(Conflict, match="archived"):
            await stage.dispatch("count")


async def test_an_answer_is_there_with_the_turn_that_hears_it_or_not_at_all(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        database, task = stage.service.database, await stage.dispatch("count")
        attempt = task.attempts[0].id
        turn = await database.write(running, attempt)
        await settled(stage, turn, NeedsInput(why="asked", question="q_1", asks="which?"))
        answer = Answered(id="inp_1", question="q_1", text="plus")
        with monkeypatch.context() as patched:

            def dies(*_: object) -> None:
                raise Conflict("killed")

            patched.setattr("pullwright.tasks.service.giving.queue_turn", dies)
            with pytest.raises(Conflict):
                await give(stage.service, stage.ann, attempt, answer)
        assert await give(stage.service, stage.ann, attempt, answer) == "queued"
        assert await give(stage.service, stage.ann, attempt, answer) == "known"
        seen = await view_task(stage.service, stage.ann, task.id)
        assert [one.state for one in seen.attempts[0].turns] == ["finished", "queued"]


async def test_a_turn_whose_log_is_damaged_ends_all_the_same(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, silent, worker=False) as stage:
        database, task = stage.service.database, await stage.dispatch("count")
        turn = await database.write(running, task.attempts[0].id)
        lost = {"session": task.attempts[0].session, "seq": 7, "generation": 0, "created": 1.0}
        await database.write(lambda c: c.execute(log_heads.insert().values(lost)))
        await WorkPhases(stage.service, "w").fail(turn, Bug("it broke"))
        assert await states(stage, task) == ("failed", "failed")
