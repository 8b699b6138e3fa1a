"""Turns that wait, and workers that might run them, as rows."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection, update

from planted import a_turn, plant_attempt, plant_project, plant_task, plant_user
from pullwright.log.sql.database import Database
from pullwright.tasks.engine.workers import register
from pullwright.tasks.store import tables
from pullwright.tasks.store.records import ProjectSettings
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.turns import ROWS, add_turn


class Desk:
    """Who dispatches: users and projects by name, made on first asking. Blocking, for tests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users: dict[str, User] = {}
        self.projects: dict[str, Project] = {}

    def turn(self, user: str = "ada", project: str = "tally", **values: object) -> str:
        """A queued turn of a new task; its id. Later ones are queued later."""
        return self.database.run(self._turn, user, project, values)

    def next_turn(self, turn: str) -> str:
        """A further turn of the same attempt."""

        def add(connection: Connection) -> str:
            before = ROWS.find(connection, tables.turns.c.id == turn)
            assert before
            task = plant_task(connection, self.users["ada"], self.projects["tally"])
            later = a_turn(task, plant_attempt(connection, task), queued=time.time())
            return add_turn(connection, msgspec.structs.replace(later, attempt_id=before.attempt_id)).id

        return self.database.run(add)

    def state(self, turn: str) -> str:
        found = self.database.run(lambda connection: ROWS.find(connection, tables.turns.c.id == turn))
        assert found
        return found.state

    def worker(self, name: str, slots: int = 2) -> str:
        self.database.run(register, id=name, host="elsewhere", pid=1, slots=slots)
        return name

    def limit(self, project: str, slots: int) -> None:
        settings = ProjectSettings(slots=slots)
        self._settle(project)
        where = tables.projects.c.id == self.projects[project].id
        values = {"settings_json": msgspec.to_builtins(settings)}
        self.database.run(lambda connection: connection.execute(update(tables.projects).where(where).values(values)) and None)

    def _settle(self, project: str, user: str = "ada") -> None:
        def make(connection: Connection) -> None:
            if user not in self.users:
                self.users[user] = plant_user(connection, user)
            if project not in self.projects:
                self.projects[project] = plant_project(connection, project)

        self.database.run(make)

    def _turn(self, connection: Connection, user: str, project: str, values: dict[str, object]) -> str:
        if user not in self.users:
            self.users[user] = plant_user(connection, user)
        if project not in self.projects:
            self.projects[project] = plant_project(connection, project)
        task = plant_task(connection, self.users[user], self.projects[project])
        attempt = plant_attempt(connection, task)
        return add_turn(connection, a_turn(task, attempt, **{"queued": time.time(), **values})).id
