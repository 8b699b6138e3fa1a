"""Where a project's repository lies, and what git signs in with there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import Connection

from pullwright.forges.forge import Forge
from pullwright.forges.open import new_client, open_forge
from pullwright.forges.plain import Plain
from pullwright.protocol.errors import FixSettings
from pullwright.tasks.publishing.plain import StoredPulls
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.connections import find_connection
from pullwright.tasks.store.rows.projects import ForgeConnection, Project
from pullwright.workspace.clone import Clone, Credential


class Origin:
    """A project's remote. `credential` is fetched anew each time it is asked for: it is short-lived."""

    def __init__(self, service: Service, project: Project) -> None:
        self._service = service
        self._project = project

    @property
    def url(self) -> str:
        """What git fetches from and pushes to."""
        return self._project.url

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return is_local(self.url)

    async def credential(self) -> Credential | None:
        """What git signs in with; None where nothing is needed."""
        if self._project.connection_id is None:
            return None
        if self._project.forge == "git":  # a token for git over https, and nothing else
            found = await self._service.database.read(_connection, self._project)
            return credential_of(self._service, found)
        async with signed_in(self._service, self._project) as forge:
            return await forge.credential(self._project.slug)


def is_local(url: str) -> bool:
    """Whether a project's URL is a folder of this machine."""
    return url.startswith(("/", "file://"))


async def origin(service: Service, project: Project) -> Origin:
    """A project's remote."""
    return Origin(service, project)


@asynccontextmanager
async def signed_in(service: Service, project: Project) -> AsyncGenerator[Forge]:
    """The project's forge, signed in to by its connection. Raises `FixSettings` where that is missing or wrong."""
    if project.forge == "git":
        yield await _plain(service, project)
        return
    found = await service.database.read(_connection, project)
    async with new_client() as client:
        yield forge_of(service, found, client)


def forge_of(service: Service, found: ForgeConnection, client: httpx.AsyncClient) -> Forge:
    """The forge of a connection, which `client` reaches. Raises `FixSettings`."""
    settings = found.settings
    return open_forge(
        found.forge,
        client,
        base_url=found.base_url,
        secret=secret_of(service, found),
        app_id=settings.app_id if settings.sign_in == "app" else "",
        installation=settings.installation,
    )


def secret_of(service: Service, found: ForgeConnection) -> str:
    """A connection's token or private key; empty for none."""
    if found.credential is None:
        return ""
    return service.vault.open(found.credential, f"connection:{found.id}").decode()


def credential_of(service: Service, found: ForgeConnection) -> Credential | None:
    """What git signs in with at a plain remote; None where nothing is needed."""
    secret = secret_of(service, found)
    return Credential(username=found.settings.bot or "git", password=secret) if secret else None


async def _plain(service: Service, project: Project) -> Plain:
    page = f"{service.config.public_url}/projects/{project.id}/pulls/{{}}" if service.config.public_url else ""
    return Plain(
        project.url,
        clone_of(service, project.id),
        StoredPulls(service.database, project.id),
        credential=await Origin(service, project).credential(),
        local=is_local(project.url),
        page=page,
        default_branch=project.default_branch,
    )


def clone_of(service: Service, project_id: str) -> Clone:
    """This machine's clone of a project."""
    return Clone(service.config.data / "clones" / project_id)


def _connection(connection: Connection, project: Project) -> ForgeConnection:
    found = find_connection(connection, project.connection_id) if project.connection_id else None
    if found is None:
        raise FixSettings(f"{project.name} is not connected to a forge", fix="Connect it in the project's settings.")
    return found
