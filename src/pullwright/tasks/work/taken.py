"""The rows of one turn, read together."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.usage import Spend
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.environments import get_environment
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.tasks.store.rows.work import Attempt, Task, Turn
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import get_turn
from pullwright.tasks.store.users import find_user


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A turn, and what it belongs to. `environment` is None for a project without one: the defaults hold."""

    turn: Turn
    attempt: Attempt
    task: Task
    project: Project
    environment: Environment | None
    user: User | None

    @property
    def spent(self) -> Spend:
        """What the attempt's earlier turns used."""
        return self.attempt.spend


def take(connection: Connection, turn_id: str) -> Taken:
    """Read all that belongs to a turn. Raises `NotFound`."""
    turn = get_turn(connection, turn_id)
    attempt = get_attempt(connection, turn.attempt_id)
    task = get_task(connection, attempt.task_id)
    environment = get_environment(connection, task.environment_id) if task.environment_id else None
    return Taken(
        turn=turn,
        attempt=attempt,
        task=task,
        project=get_project(connection, task.project_id),
        environment=environment,
        user=find_user(connection, task.user_id),
    )
