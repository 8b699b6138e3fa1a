"""Who may come in: the store's people, as this server is set up."""

from __future__ import annotations

from pullwright.server.config import ServerConfig
from pullwright.tasks.people.identities import Welcome
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.people import People


def people_of(service: Kept, config: ServerConfig) -> People:
    """The people of the service; with a provider, also those whom it vouches for."""
    oidc = config.oidc
    if oidc is None:
        return People(service)
    return People(service, Welcome(create=oidc.create, domains=oidc.domains, admin_group=oidc.admin_group))
