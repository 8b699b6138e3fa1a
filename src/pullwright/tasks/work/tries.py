"""Setups that people asked to be tried: a worker takes them, one after the other, and runs them on its machine."""

from __future__ import annotations

import os

from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.environments.makings import silent
from pullwright.tasks.environments.trying import try_setup
from pullwright.tasks.publishing.origin import clone_of, origin
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.environments import get_environment
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.projects import Setup
from pullwright.tasks.store.setups import end_setup, note_setup, take_asked


async def try_next(service: Service) -> bool:
    """Run the oldest try that nobody has taken; False when there is none. How it ended is in its row."""
    asked = await service.database.write(take_asked, f"process-{os.getpid()}")
    if asked is None:
        return False
    try:
        await _try(service, asked)
    except PullwrightError as error:  # before the script could run
        await service.database.write(end_setup, asked.id, state="failed", why=str(error)[:2000])
    return True


async def _try(service: Service, asked: Setup) -> None:
    environment = await service.database.read(get_environment, asked.environment_id)
    project = await service.database.read(get_project, environment.project_id)
    clone, source = clone_of(service, project.id), await origin(service, project)
    await clone.fetch(source.url, await source.credential(), local=source.is_local)
    commit = asked.key or await clone.resolve(project.default_branch)
    tried = await try_setup(service, project, environment, clone, commit, silent, worker=asked.worker_id, asked=asked.id)
    if tried.setup.state == "ready":
        kept = f"{tried.size / (1 << 20):.1f} MiB are kept"
        await service.database.write(note_setup, tried.setup.id, "; ".join((kept, *tried.notes))[:2000])
