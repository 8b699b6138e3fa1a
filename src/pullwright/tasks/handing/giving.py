"""An attempt at rest becomes a parcel, to go on with at somebody's terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from pullwright.log.sql.reading import lines_after
from pullwright.protocol.errors import Conflict
from pullwright.tasks.handing.parcel import Manifest, write
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.queueing import open_turn
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import get_task

ALL = 1 << 30


@asynccontextmanager
async def hand_out(service: Service, actor: Actor, attempt_id: str) -> AsyncGenerator[Path]:
    """The attempt as a parcel in a file, which is gone afterwards. Raises `NotFound`, and `Conflict` while it is at work."""
    attempt, task, lines = await service.database.write(_taken, actor, attempt_id)
    with TemporaryDirectory(prefix="handing-", dir=service.config.data) as scratch:
        folder = Path(scratch)
        await asyncio.to_thread(_fetch, service, attempt.session, folder)
        base = attempt.base or task.base
        manifest = Manifest(session=attempt.session, base=base, ref=task.ref, title=task.title, model=task.model)
        target = folder / "parcel.tar.gz"
        await asyncio.to_thread(write, target, manifest, lines, folder / "artifacts", folder / "files")
        yield target


def _taken(connection: Connection, actor: Actor, attempt_id: str) -> tuple[Attempt, Task, list[bytes]]:
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    actor.require("task.steer", task.project_id)
    if open_turn(connection, attempt.id) is not None:
        raise Conflict("the attempt is at work", fix=f"Stop it first: pullwright task interrupt {task.id}")
    lines = list(lines_after(connection, attempt.session, 0, ALL))
    if not lines:
        raise Conflict("the attempt has not begun yet")
    audit(connection, actor, "task.pull", task.id, task.project_id, {"attempt": attempt.id})
    return attempt, task, lines


def _fetch(service: Service, session: str, folder: Path) -> None:
    """What lies in the blobs of a session, into a folder."""
    prefix = f"sessions/{session}/"
    for name in service.blobs.names(prefix):
        inner = name.removeprefix(prefix)
        if inner.startswith(("artifacts/", "files/")):
            path = folder / inner
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            service.blobs.fetch_file(name, path)
