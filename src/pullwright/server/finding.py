"""Files of a project by some letters of their names, for whoever writes a task and types `@`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.server.reaching import fetched
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.projects.projects import view_project
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.rows.projects import Project
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.clone import Clone
from pullwright.workspace.names import Names, names_of

KEPT = 1_000_000
"""Names that are kept in memory, of the commits that were searched last."""
MOST_COMMITS = 16


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Names of files, and of folders (with a slash at the end), best first, and the commit that has them."""

    commit: str
    names: tuple[str, ...]


class Finder:
    """What a server process remembers of commits' names. Of those who ask for a commit at once, one lists it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Names] = OrderedDict()
        self._listing = asyncio.Lock()

    async def find(self, service: Service, actor: Actor, name: str, ref: str, match: str, limit: int) -> Found:
        """The files of a project at `ref` (empty: its default branch) whose names fit `match`.

        Raises `NotFound`, `FixRepository`, and what a first fetch raises."""
        project = await view_project(service, actor, name)
        clone, commit = await _resolved(service, project, ref or project.default_branch)
        names = await self._names(clone, f"{project.id} {commit}", commit)
        return Found(commit=commit, names=tuple(await in_thread(names.best, match, limit)))

    async def _names(self, clone: Clone, key: str, commit: str) -> Names:
        if key not in self._known:
            async with self._listing:
                if key not in self._known:
                    self._known[key] = await in_thread(names_of, clone.git, commit)
        found = self._known[key]
        self._known.move_to_end(key)
        while len(self._known) > 1 and (len(self._known) > MOST_COMMITS or self._held > KEPT):
            self._known.popitem(last=False)
        return found

    @property
    def _held(self) -> int:
        return sum(len(one.names) for one in self._known.values())


async def _resolved(service: Service, project: Project, ref: str) -> tuple[Clone, str]:
    """The clone and the commit of `ref`: as it is known here, without asking the remote, unless it is not known yet."""
    clone = clone_of(service, project.id)
    if clone.git_dir.exists():
        try:
            return clone, await clone.resolve(ref)
        except FixRepository:
            pass  # a branch that is newer than the clone
    clone = await fetched(service, project)
    return clone, await clone.resolve(ref)
