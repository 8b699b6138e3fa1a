"""Environments of projects, by id or by name within the project."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.projects import Environment
from pullwright.tasks.store.tables import environments

ROWS = Rows(environments, Environment)


def add_environment(connection: Connection, environment: Environment) -> bool:
    """False: the project has one of that name."""
    return ROWS.add_new(connection, environment)


def get_environment(connection: Connection, environment_id: str) -> Environment:
    """By id. Raises `NotFound`."""
    environment = ROWS.find(connection, environments.c.id == environment_id)
    if environment is None:
        raise NotFound(f"there is no environment {environment_id}")
    return environment


def find_environment(connection: Connection, project_id: str, name: str = "default") -> Environment | None:
    """A project's environment by id or name."""
    here = environments.c.project_id == project_id
    return ROWS.find(connection, here, (environments.c.id == name) | (environments.c.name == name))


def list_environments(connection: Connection, project_id: str) -> list[Environment]:
    """A project's environments, by name."""
    return ROWS.all(connection, environments.c.project_id == project_id, order=environments.c.name)


def change_environment(connection: Connection, environment_id: str, **values: object) -> bool:
    """Set fields of an environment; False: there is none."""
    return ROWS.change(connection, environments.c.id == environment_id, **values) == 1


def remove_environment(connection: Connection, environment_id: str) -> bool:
    """Its secrets and setups go with it; tasks that used it keep their results."""
    return ROWS.remove(connection, environments.c.id == environment_id) == 1
