"""Tasks, attempts and turns as rows: what goes in comes out, pages follow each other, states move by compare-and-swap."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from sqlalchemy import Connection, select

from planted import a_turn, plant_attempt, plant_project, plant_task, plant_user
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import NotFound
from pullwright.protocol.outcomes import ChangeSummary, Succeeded
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend, Usage
from pullwright.tasks.store import tables
from pullwright.tasks.store.attempts import attempts_of, change_attempt, find_attempt_of_session, get_attempt, move_attempt
from pullwright.tasks.store.records import TaskSource
from pullwright.tasks.store.tasks import (
    TaskFilter,
    add_task,
    count_tasks,
    find_task_by_dedup,
    fix_base,
    get_task,
    list_tasks,
    move_task,
)
from pullwright.tasks.store.turns import add_turn, get_turn, latest_turn, turns_in, turns_of, turns_of_task


def test_a_task_comes_back_as_it_was_put(database: Database) -> None:
    def work(connection: Connection) -> None:
        user, project = plant_user(connection), plant_project(connection)
        task = plant_task(
            connection,
            user,
            project,
            images=("data:image/png;base64,AA==",),
            budget=Budget(usd=1.5, steps=None),
            source=TaskSource(kind="trigger", issue=7),
            deadline=99.5,
            dedup="key",
        )
        assert get_task(connection, task.id) == task
        assert not add_task(connection, msgspec.structs.replace(task, id="task_other"))
        assert find_task_by_dedup(connection, "key") == task
        assert count_tasks(connection) == {"queued": 1}
        with pytest.raises(NotFound):
            get_task(connection, "task_none")

    database.run(work)


def test_pages_of_tasks_follow_each_other_newest_first(database: Database) -> None:
    def work(connection: Connection) -> None:
        user, project = plant_user(connection), plant_project(connection)
        ids = sorted((plant_task(connection, user, project, title=f"Task {n}%").id for n in range(7)), reverse=True)
        seen: list[str] = []
        while page := list_tasks(connection, TaskFilter(before=seen[-1] if seen else "", limit=3)):
            seen += [task.id for task in page]
        assert seen == ids
        assert [task.title for task in list_tasks(connection, TaskFilter(words="TASK 3%"))] == ["Task 3%"]
        assert list_tasks(connection, TaskFilter(words="_ask")) == []
        assert list_tasks(connection, TaskFilter(projects=())) == []
        assert list_tasks(connection, TaskFilter(users=("user_none",))) == []
        assert len(list_tasks(connection, TaskFilter(projects=(project.id,), states=("queued",), users=(user.id,)))) == 7

    database.run(work)


def test_a_state_moves_only_from_where_it_was_thought_to_be(database: Database) -> None:
    def work(connection: Connection) -> None:
        task = plant_task(connection, plant_user(connection), plant_project(connection))
        attempt = plant_attempt(connection, task)
        assert move_task(connection, task.id, ("queued",), "running", 2.0)
        assert not move_task(connection, task.id, ("queued",), "cancelled", 3.0)
        assert move_task(connection, task.id, ("running",), "merged", 4.0)
        assert get_task(connection, task.id).closed == 4.0
        assert move_task(connection, task.id, ("merged",), "running", 5.0)
        assert get_task(connection, task.id).closed is None
        outcome = Succeeded(why="done", change=ChangeSummary(branch="b", base="1", head="2", files=("a.py",)))
        assert move_attempt(connection, attempt.id, ("queued", "running"), "review", 2.0, outcome=outcome, head="2")
        assert change_attempt(connection, attempt.id, spend=Spend(usage=Usage(input=3), cost_usd=0.25))
        found = get_attempt(connection, attempt.id)
        assert (found.state, found.outcome, found.spend.usage.input, found.head) == ("review", outcome, 3, "2")
        assert find_attempt_of_session(connection, attempt.session) == found
        assert attempts_of(connection, task.id) == [found]

    database.run(work)


def test_the_base_is_whose_attempt_found_it_first(database: Database) -> None:
    def work(connection: Connection) -> None:
        task = plant_task(connection, plant_user(connection), plant_project(connection))
        assert fix_base(connection, task.id, "c1") == "c1"
        assert fix_base(connection, task.id, "c2") == "c1"

    database.run(work)


def test_turns_that_come_at_once_have_numbers_of_their_own(database: Database) -> None:
    async def work() -> None:
        user = await database.write(plant_user)
        project = await database.write(plant_project)
        task = await database.write(plant_task, user, project)
        attempt = await database.write(plant_attempt, task)
        added = await asyncio.gather(*(database.write(add_turn, a_turn(task, attempt, priority=n % 2)) for n in range(8)))
        assert sorted(turn.number for turn in added) == list(range(1, 9))
        by_number = sorted(added, key=lambda turn: turn.number)
        assert await database.read(turns_of, attempt.id) == by_number
        assert await database.read(latest_turn, attempt.id) == by_number[-1]
        assert await database.read(get_turn, added[0].id) == added[0]
        assert len(await database.read(turns_of_task, task.id, ("queued",))) == 8
        assert [turn.priority for turn in await database.read(turns_in, ("queued",))] == [1] * 4 + [0] * 4

    asyncio.run(work())


def test_what_is_not_known_is_null_and_not_json_s_null(database: Database) -> None:
    def work(connection: Connection) -> None:
        task = plant_task(connection, plant_user(connection), plant_project(connection))
        attempt = plant_attempt(connection, task)
        turn = add_turn(connection, a_turn(task, attempt))
        where = (tables.turns.c.id == turn.id, tables.turns.c.outcome_json.is_(None))
        assert connection.execute(select(tables.turns.c.id).where(*where)).scalar() == turn.id

    database.run(work)
