"""Who may come in: the store's people, as this server is set up."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from pullwright.server.config import ServerConfig
from pullwright.tasks.people.identities import Welcome
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.people import LOCAL, People
from pullwright.tasks.store.tables import users


def people_of(service: Kept, config: ServerConfig) -> People:
    """The people of the service; with a provider, also those whom it vouches for."""
    oidc = config.oidc
    if oidc is None:
        return People(service)
    return People(service, Welcome(create=oidc.create, domains=oidc.domains, admin_group=oidc.admin_group))


def is_settled(connection: Connection) -> bool:
    """Whether somebody administers the service: a person, who may still hold an unused one-time link. The user of the unix socket
    is none: nobody could come in from elsewhere as that one."""
    where = (users.c.is_admin.is_(True), users.c.disabled.is_(False), users.c.name != LOCAL)
    return bool(connection.scalar(select(func.count()).select_from(users).where(*where)))
