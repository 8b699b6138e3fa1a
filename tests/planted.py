"""Rows to begin with: a user, a project with an environment, a task with its attempt."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.tasks.store.attempts import add_attempt, next_attempt
from pullwright.tasks.store.environments import add_environment
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.tasks.store.rows.work import Attempt, Task, Turn
from pullwright.tasks.store.tasks import add_task
from pullwright.tasks.store.users import add_user


def plant_user(connection: Connection, name: str = "ada", **values: object) -> User:
    user = User(id=new_id("user"), name=name, created=1.0, **values)  # type: ignore[arg-type]
    assert add_user(connection, user)
    return user


def plant_project(connection: Connection, name: str = "tally") -> Project:
    project = Project(id=new_id("proj"), name=name, forge="git", url=f"/srv/{name}.git", created=1.0)
    assert add_project(connection, project)
    assert add_environment(connection, Environment(id=new_id("env"), project_id=project.id, created=1.0, changed=1.0))
    return project


def plant_task(connection: Connection, user: User, project: Project, **values: object) -> Task:
    fields: dict[str, object] = {"title": "Discount", "prompt": "The discount for ten pieces is missing", "created": 1.0}
    task = Task(
        id=new_id("task"),
        project_id=project.id,
        user_id=user.id,
        ref="main",
        model="fast",
        **{**fields, **values},  # type: ignore[arg-type]
    )
    assert add_task(connection, task)
    return task


def plant_attempt(connection: Connection, task: Task) -> Attempt:
    attempt = Attempt(
        id=new_id("att"), task_id=task.id, number=next_attempt(connection, task.id), session=new_id("ses"), created=1.0
    )
    add_attempt(connection, attempt)
    return attempt


def a_turn(task: Task, attempt: Attempt, **values: object) -> Turn:
    return Turn(
        id=new_id("turn"),
        attempt_id=attempt.id,
        task_id=task.id,
        project_id=task.project_id,
        user_id=task.user_id,
        prompt=Prompt(id=new_id("inp"), text=task.prompt),
        **values,  # type: ignore[arg-type]
    )
