"""Who asks at a forge, and in whose name their tasks run.

Only people who may write to the repository are heard. They act as the user who has that login at the forge, else as the
project's `trigger_user`; without either, nobody acts.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.forges.forge import Forge
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.sign_ins import person
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.users import find_user, list_users


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a forge. `actor` is None where they are not heard; `why` says so."""

    login: str
    actor: Actor | None = None
    why: str = ""


def acting_for(connection: Connection, project: Project, login: str) -> Actor | None:
    """The user that acts for a login; None where there is none."""
    for user in list_users(connection, limit=100_000):
        if not user.disabled and user.logins.get(project.connection_id or "", "").lower() == login.lower():
            return person(connection, user)
    if not project.settings.trigger_user:
        return None
    found = find_user(connection, project.settings.trigger_user)
    return None if found is None or found.disabled else person(connection, found)


async def may_ask(forge: Forge, project: Project, login: str) -> bool:
    """Whether a login is heard: somebody who may write, and not Pullwright itself."""
    if not login or login.lower() == (await forge.login()).lower():
        return False
    return await forge.may_write(project.slug, login)
