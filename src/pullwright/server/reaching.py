"""Whether what lies outside can be reached: a connection's forge, a project's repository; and what is found there."""

from __future__ import annotations

import asyncio
import getpass
import os
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from pullwright.forges.forge import Forge
from pullwright.forges.open import new_client
from pullwright.forges.records import Repo
from pullwright.protocol.errors import FixMachine, FixRepository, FixSettings, PullwrightError, TryAgainLater, WrongField
from pullwright.tasks.environments.readiness import Readiness, readiness
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.environments import view_environment
from pullwright.tasks.projects.projects import view_project
from pullwright.tasks.publishing.origin import clone_of, credential_of, forge_of, is_local, origin
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.connections import get_connection
from pullwright.tasks.store.rows.projects import Project
from pullwright.workspace.clone import REMOTE, Clone

PATIENCE = 60.0
"""Seconds for which somebody outside is waited for."""


class Reached(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether it was reached, in how many seconds, and as whom; else why not, and what to do about it."""

    ok: bool
    seconds: float
    login: str = ""
    why: str = ""
    fix: str = ""


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of a project's repository, and the commit that it is at."""

    name: str
    commit: str


class Sighted(msgspec.Struct, frozen=True, kw_only=True):
    """What is at an address: its branches, and which of them is the default one (empty: there is none yet)."""

    default_branch: str
    branches: tuple[str, ...]


async def reach_connection(service: Service, actor: Actor, name: str) -> Reached:
    """Sign in at a connection's forge."""
    actor.require("connection.read")
    await service.database.read(get_connection, name)
    began = time.monotonic()
    try:
        async with _forge(service, actor, name) as forge, asyncio.timeout(PATIENCE):
            login = await forge.login()
    except (PullwrightError, TimeoutError) as error:
        return _not_reached(error, began)
    return Reached(ok=True, seconds=time.monotonic() - began, login=login)


async def repositories(service: Service, actor: Actor, name: str) -> list[Repo]:
    """The repositories that a connection can see: what can become a project."""
    async with _forge(service, actor, name) as forge, _patience():
        return list(await forge.repositories())


async def reach_project(service: Service, actor: Actor, name: str) -> Reached:
    """Fetch a project's repository."""
    project = await view_project(service, actor, name)
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            await _fetched(service, project)
    except (PullwrightError, TimeoutError) as error:
        return _not_reached(error, began)
    return Reached(ok=True, seconds=time.monotonic() - began)


async def branches(service: Service, actor: Actor, name: str) -> list[Branch]:
    """The branches of a project's repository as they are now, by name."""
    project = await view_project(service, actor, name)
    clone = await fetched(service, project)
    told = await clone.git.run("for-each-ref", "--format=%(objectname) %(refname)", REMOTE)
    pairs = (line.partition(" ") for line in told.decode(errors="replace").splitlines())
    found = [Branch(name=ref.removeprefix(REMOTE), commit=commit) for commit, _, ref in pairs]
    return sorted((branch for branch in found if branch.name != "HEAD"), key=lambda branch: branch.name)


async def look_at(service: Service, actor: Actor, url: str, connection: str = "") -> Sighted:
    """What is at an address, before a project is made of it: asked with git, in the name of a plain git connection if one is
    named. Raises `WrongField` for one that cannot be reached, and else what fetching would."""
    actor.require("project.create")
    credential = None
    if connection:
        found = await service.database.read(get_connection, connection)
        if found.forge != "git":
            raise FixSettings(f"{found.name} knows its repositories", fix="Choose one of its list.")
        credential = credential_of(service, found)
    if is_local(url):
        await asyncio.to_thread(_check_folder, Path(url.removeprefix("file://")))
    try:
        async with _patience():
            with tempfile.TemporaryDirectory(prefix="pullwright-look-") as folder:
                default, names = await Clone(Path(folder)).remote_branches(url, credential, local=is_local(url))
    except (TryAgainLater, FixMachine) as error:  # what was asked for is an address that can be reached
        raise WrongField(str(error), at="$.url", fix=error.fix) from error
    except OSError as error:
        raise WrongField(f"this is no address: {error.strerror}", at="$.url", fix="Give one that git can fetch from.") from error
    return Sighted(default_branch=default, branches=names)


def _check_folder(folder: Path) -> None:
    """Raises `WrongField` for a folder of this machine that is no repository, or not for us."""
    try:
        there, git = folder.is_dir(), (folder / "HEAD").exists() or (folder / ".git").exists()
        readable = not there or os.access(folder, os.R_OK | os.X_OK)
    except PermissionError:
        there, git, readable = True, False, False
    except OSError:  # no name that a file could have
        there, git, readable = False, False, False
    if not there:
        raise WrongField(f"there is no folder {folder} on the server's machine", at="$.url", fix="Give its whole path there.")
    if not readable:
        fix = f"Let the user {getpass.getuser()}, as whom the server runs, read it and write to it."
        raise WrongField(f"{folder} may not be read by the server", at="$.url", fix=fix)
    if not git:
        fix = "Name the folder that has .git in it, or a bare repository."
        raise WrongField(f"{folder} is no git repository", at="$.url", fix=fix)


async def readiness_of(service: Service, actor: Actor, project: str, environment: str) -> Readiness:
    """What a task from the default branch, as it was last fetched, would find."""
    found = await view_environment(service, actor, project, environment)
    owner = await view_project(service, actor, project)
    clone = clone_of(service, owner.id)
    async with _patience():
        if not clone.git_dir.exists():
            await _fetched(service, owner)
        try:
            commit = await clone.resolve(owner.default_branch)
        except FixRepository:
            await _fetched(service, owner)
            commit = await clone.resolve(owner.default_branch)
        return await readiness(service, owner, found, clone, commit)


@asynccontextmanager
async def _forge(service: Service, actor: Actor, name: str) -> AsyncGenerator[Forge, None]:
    actor.require("connection.read")
    found = await service.database.read(get_connection, name)
    if found.forge == "git":
        raise FixSettings("a plain git remote has nothing to sign in to", fix="Check the project that uses it.")
    async with new_client() as client:
        yield forge_of(service, found, client)


async def fetched(service: Service, project: Project) -> Clone:
    """A project's clone, brought up to date. Raises what `Clone.fetch` raises, and `TryAgainLater` for who does not answer."""
    async with _patience():
        return await _fetched(service, project)


async def _fetched(service: Service, project: Project) -> Clone:
    source, clone = await origin(service, project), clone_of(service, project.id)
    await clone.fetch(source.url, await source.credential(), local=source.is_local, default=project.default_branch)
    return clone


@asynccontextmanager
async def _patience() -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        raise TryAgainLater(f"it did not answer within {PATIENCE:g} s", fix="Try again.") from None


def _not_reached(error: PullwrightError | TimeoutError, began: float) -> Reached:
    seconds = time.monotonic() - began
    if isinstance(error, PullwrightError):
        return Reached(ok=False, seconds=seconds, why=str(error), fix=error.fix)
    return Reached(ok=False, seconds=seconds, why=f"it did not answer within {PATIENCE:g} s", fix="Try again.")
