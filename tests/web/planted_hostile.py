"""What looks like a script, put wherever somebody's words end up: into the database itself, past what the server would refuse."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.tasks.store import tables
from pullwright.tasks.store.connections import add_connection
from pullwright.tasks.store.environments import add_environment
from pullwright.tasks.store.keys import add_key
from pullwright.tasks.store.memberships import put_membership
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import EnvironmentSpec, TaskOrder
from pullwright.tasks.store.rows.people import Key, Membership, User
from pullwright.tasks.store.rows.projects import Environment, ForgeConnection, Project
from pullwright.tasks.store.rows.work import Schedule
from pullwright.tasks.store.schedules import add_schedule
from pullwright.tasks.store.users import add_user

from .planted_change import Files, Planted, plant_change
from .play import EVIL, EVIL_NAME
from .scene import WebScene

EVIL_BRANCH = "<svg/onload=window.pwned=1>"
"""A name that git takes for one of a branch."""
EVIL_WORD = "<svg onload=window.pwned=1>"


class Hostile(NamedTuple):
    """Where it is."""

    project: str
    user: str
    key: str
    connection: str
    change: Planted

    async def remove(self, scene: WebScene) -> None:
        """As if it had never been."""

        def gone(connection: Connection) -> None:
            rows = (
                (tables.tasks, self.change.task),
                (tables.projects, self.project),
                (tables.keys, self.key),
                (tables.connections, self.connection),
                (tables.users, self.user),
            )
            for table, row in rows:
                connection.execute(table.delete().where(table.c.id == row))

        await scene.service.database.write(gone)


async def plant_hostile(scene: WebScene) -> Hostile:
    """A project, its people, and a change of its."""
    write, now = scene.service.database.write, time.time()
    eve = User(id=new_id("user"), name=EVIL, email=EVIL, is_admin=False, created=now)
    evil = Project(
        id=new_id("proj"),
        name=EVIL_WORD,
        forge="git",
        url=str(scene.remote),
        slug=EVIL,
        default_branch=EVIL_BRANCH,
        created=now,
    )
    spec = EnvironmentSpec(setup=EVIL, maintenance=EVIL, variables={EVIL: EVIL}, test_command=EVIL, files=(EVIL,), backend="")
    prepared = Environment(id=new_id("env"), project_id=evil.id, name=EVIL_WORD, spec=spec, created=now, changed=now)
    await write(add_user, eve)
    await write(add_project, evil)
    await write(add_environment, prepared)
    await write(put_membership, Membership(user_id=eve.id, project_id=evil.id, role="admin"))
    await write(put_membership, Membership(user_id="user_ada", project_id=evil.id, role="admin"))
    key, forge = new_id("key"), new_id("con")
    await write(add_key, Key(id=key, token_hash=EVIL, shown="x", name=EVIL, user_id="user_ada", scopes=("read",), created=now))
    await write(add_connection, ForgeConnection(id=forge, name=EVIL, forge="gitea", base_url=f"https://{EVIL}", created=now))
    order = TaskOrder(project=evil.name, prompt=EVIL)
    nightly = Schedule(
        id=new_id("sch"), project_id=evil.id, name=EVIL, cron="0 3 * * *", order=order, user_id=eve.id, next=now + 86_400
    )
    await write(add_schedule, nightly)
    before: Files = {"a.py": b"x = 1\n"}
    after: Files = {"a.py": EVIL.encode() + b"\n", f"{EVIL_NAME}": EVIL.encode(), "notes.md": b"[x](javascript:window.pwned=1)\n"}
    change = await plant_change(scene, before, after, EVIL, branch=EVIL_BRANCH, message=EVIL)
    return Hostile(evil.id, eve.id, key, forge, change)
