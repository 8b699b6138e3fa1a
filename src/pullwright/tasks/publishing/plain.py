"""Pull requests of a plain git remote, kept in the store: one repository's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from pullwright.forges.plain import Edit, PlainPull
from pullwright.log.sql.database import Database
from pullwright.tasks.store.projects import lock_project
from pullwright.tasks.store.tables import plain_pulls


class StoredPulls:
    """A project's: `forges.plain.PlainPulls`."""

    def __init__(self, database: Database, project_id: str) -> None:
        self._database = database
        self._project = project_id

    async def add(self, pull: PlainPull) -> PlainPull:
        """See `PlainPulls`."""
        return await self._database.write(_add, self._project, pull)

    async def change(self, number: int, edit: Edit) -> PlainPull | None:
        """See `PlainPulls`."""
        return await self._database.write(_change, self._project, number, edit)

    async def all(self) -> Sequence[PlainPull]:
        """See `PlainPulls`."""
        return await self._database.read(_all, self._project)


def _all(connection: Connection, project_id: str) -> list[PlainPull]:
    mine = select(plain_pulls.c.pull_json).where(plain_pulls.c.project_id == project_id).order_by(plain_pulls.c.number)
    return [msgspec.convert(value, PlainPull) for value in connection.execute(mine).scalars()]


def _add(connection: Connection, project_id: str, pull: PlainPull) -> PlainPull:
    lock_project(connection, project_id)
    for there in _all(connection, project_id):
        if there.head_branch == pull.head_branch and there.state == "open":
            return there
    newest = select(func.coalesce(func.max(plain_pulls.c.number), 0)).where(plain_pulls.c.project_id == project_id)
    made = msgspec.structs.replace(pull, number=connection.execute(newest).scalar_one() + 1)
    values = {"project_id": project_id, "number": made.number, "head_branch": made.head_branch}
    connection.execute(insert(plain_pulls).values(**values, pull_json=msgspec.to_builtins(made)))
    return made


def _change(connection: Connection, project_id: str, number: int, edit: Edit) -> PlainPull | None:
    this = (plain_pulls.c.project_id == project_id) & (plain_pulls.c.number == number)
    there = connection.execute(select(plain_pulls.c.pull_json).where(this).with_for_update()).scalar()
    if there is None:
        return None
    changed = edit(msgspec.convert(there, PlainPull))
    connection.execute(update(plain_pulls).where(this).values(pull_json=msgspec.to_builtins(changed)))
    return changed
