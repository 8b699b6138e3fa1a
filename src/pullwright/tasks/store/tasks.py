"""Tasks: listed by page, moved from state to state by compare-and-swap."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.records import ENDED, TaskState
from pullwright.tasks.store.rows.work import Task
from pullwright.tasks.store.tables import tasks

ROWS = Rows(tasks, Task)


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks, newest first. `projects` and `ids` None: all; `words` are looked for in title and prompt, without regard to
    case; `besides` are ids that count whatever their state.

    `before` is the id of the last task of the page before (ids sort by creation time)."""

    projects: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    states: tuple[TaskState, ...] = ()
    besides: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    words: str = ""
    before: str = ""
    limit: int = 50


def add_task(connection: Connection, task: Task) -> bool:
    """False: a task with this `dedup` is there (`find_task_by_dedup`)."""
    return ROWS.add_new(connection, task)


def get_task(connection: Connection, task_id: str) -> Task:
    """By id. Raises `NotFound`."""
    task = ROWS.find(connection, tasks.c.id == task_id)
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def find_task_by_dedup(connection: Connection, dedup: str) -> Task | None:
    """By its idempotency key."""
    return ROWS.find(connection, tasks.c.dedup == dedup)


def list_tasks(connection: Connection, which: TaskFilter) -> list[Task]:
    """One page of tasks, newest first."""
    where = _where(which)
    if which.before:
        where.append(tasks.c.id < which.before)
    # The page is found among ids alone, which an index has in order; sorting whole rows of 20,000 tasks took 60 ms.
    page = select(tasks.c.id).where(*where).order_by(tasks.c.id.desc()).limit(which.limit)
    return ROWS.all(connection, tasks.c.id.in_(page), order=tasks.c.id.desc())


def move_task(connection: Connection, task_id: str, before: Collection[TaskState], after: TaskState, now: float) -> bool:
    """From one of the states `before` to `after`; False: it was in another state. `closed` follows."""
    closed = now if after in ENDED else None
    where = (tasks.c.id == task_id, tasks.c.state.in_(before))
    return ROWS.change(connection, *where, state=after, changed=now, closed=closed) == 1


def change_task(connection: Connection, task_id: str, **values: object) -> bool:
    """Set fields of a task, but for its state; False: there is none."""
    return ROWS.change(connection, tasks.c.id == task_id, **values) == 1


def fix_base(connection: Connection, task_id: str, commit: str) -> str:
    """The base that holds for all attempts: `commit`, or what another attempt found first."""
    ROWS.change(connection, tasks.c.id == task_id, tasks.c.base == "", base=commit)
    return connection.execute(select(tasks.c.base).where(tasks.c.id == task_id)).scalar_one()


def count_tasks(connection: Connection, which: TaskFilter | None = None) -> dict[TaskState, int]:
    """How many tasks there are in each state; of those that `which` lets through, on whatever page."""
    statement = select(tasks.c.state, func.count()).where(*_where(which or TaskFilter())).group_by(tasks.c.state)
    return dict(connection.execute(statement).all())


def _where(which: TaskFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if which.projects is not None:
        where.append(tasks.c.project_id.in_(which.projects))
    if which.ids is not None:
        where.append(tasks.c.id.in_(which.ids))
    if which.states:
        where.append(or_(tasks.c.state.in_(which.states), tasks.c.id.in_(which.besides)))
    if which.users:
        where.append(tasks.c.user_id.in_(which.users))
    if which.words:
        where.append(_mentions(which.words))
    return where


def _mentions(words: str) -> ColumnElement[bool]:
    pattern = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    return tasks.c.title.ilike(pattern, escape="!") | tasks.c.prompt.ilike(pattern, escape="!")
