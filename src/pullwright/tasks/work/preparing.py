"""Before an attempt's first step: the project's clone is up to date, the base's commit is known, the environment is ready.

What is there already costs next to nothing, so that each phase may ask for it again: on another machine it is made there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import FixRepository
from pullwright.protocol.live import Progress
from pullwright.tasks.environments import Prepared, prepare_environment
from pullwright.tasks.publishing.origin import Origin, clone_of, origin
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import change_attempt
from pullwright.tasks.store.tasks import fix_base, get_task
from pullwright.tasks.work.taken import Taken, take
from pullwright.workspace.checkouts import Checkout, check_out
from pullwright.workspace.clone import Clone
from pullwright.workspace.mirror import Mirror
from pullwright.workspace.repository import Repository


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn stands on: the clone, the base's commit and checkout (to be released), the prepared environment."""

    clone: Clone
    origin: Origin
    base: str
    checkout: Checkout
    prepared: Prepared


def sayer(service: Service, taken: Taken) -> Callable[[str], None]:
    """Shows what is being prepared, the last line of what a script says, to whoever watches the attempt."""

    def say(text: str) -> None:
        if line := text.strip().rpartition("\n")[2]:
            service.live.publish(taken.attempt.session, Progress(line[:200]))

    return say


async def lay_ground(service: Service, taken: Taken, say: Callable[[str], None], *, move: bool = False) -> Ground:
    """All that a turn needs beside its session. `move`: the attempt's base is from now on the branch as it is now.

    Raises `FixRepository`, `SetupFailed`, `TryAgainLater`.
    """
    clone = clone_of(service, taken.project.id)
    source = await origin(service, taken.project)
    base = await (_move(service, taken, clone, source) if move else _base(service, taken, clone, source))
    checkout = await asyncio.to_thread(_check_out, service, clone, base, taken.task.ref)
    try:
        prepared = await prepare_environment(service, taken.project, taken.environment, clone, base, say)
    except BaseException:
        checkout.release()
        raise
    return Ground(clone=clone, origin=source, base=base, checkout=checkout, prepared=prepared)


async def lay_ahead(service: Service, turn: str) -> None:
    """Make what a waiting turn will stand on, into this machine's caches."""
    taken = await service.database.read(take, turn)
    ground = await lay_ground(service, taken, sayer(service, taken))
    ground.checkout.release()


async def _base(service: Service, taken: Taken, clone: Clone, source: Origin) -> str:
    """The task's base commit: the same for all of its attempts and turns, so it is found once."""
    base = taken.attempt.base or taken.task.base or await service.database.read(_known_base, taken.task.id)
    if base and await clone.has(base):
        return base
    await clone.fetch(source.url, await source.credential(), local=source.is_local)
    if base:
        if not await clone.has(base):
            raise FixRepository(
                f"the base {base[:12]} of this task is not in {taken.project.name} any more",
                fix="Dispatch the task again; it then starts from the branch as it is now.",
            )
        return base
    found = await clone.resolve(taken.task.ref)
    return await service.database.write(fix_base, taken.task.id, found)


async def _move(service: Service, taken: Taken, clone: Clone, source: Origin) -> str:
    await clone.fetch(source.url, await source.credential(), local=source.is_local)
    base = await clone.resolve(taken.task.ref)
    await service.database.write(change_attempt, taken.attempt.id, base=base)
    return base


def _known_base(connection: Connection, task_id: str) -> str:
    return get_task(connection, task_id).base


def _check_out(service: Service, clone: Clone, base: str, ref: str) -> Checkout:
    repository = Repository.find(clone.folder)
    mirror = Mirror(service.config.cache, str(repository.common_dir))
    return check_out(repository, service.config.cache, mirror, base, ref.removeprefix("refs/heads/") or "main")
