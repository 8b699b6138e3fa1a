"""A session that a worker has opened for a turn: log claimed, inbox and artifacts ready, files of the newest checkpoint at hand.

Whatever is logged has been made safe before: a checkpoint's objects, a change's commits and all artifacts lie where every worker
can reach them when the event that names them is committed.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.sql.inbox import SqlInbox
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import ChangeMade, Checkpointed, Event, PermissionAnswered, PermissionAsked, TurnFinished
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.tasks import change_task
from pullwright.tasks.work.accounting import charge
from pullwright.tasks.work.folders import held_folder, is_current, mark
from pullwright.tasks.work.patient import PatientLog
from pullwright.tasks.work.taken import Taken
from pullwright.workspace.clone import Clone
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.shipping import Shipper, has_landed, land

CHANGES = "changes"
"""Artifacts: the commits of each change, as git bundles."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An open session. `stale`: the folder does not hold the files of the log's newest writer, so `bring_files` before use."""

    folder: Path
    log: SqlLog
    inbox: SqlInbox
    artifacts: BlobArtifacts
    generation: int
    stale: bool


@asynccontextmanager
async def open_session(service: Service, taken: Taken, clone: Clone) -> AsyncGenerator[Opened]:
    """Open the session of a turn and become its one writer. Raises `LogConflict` when another worker became that meanwhile."""
    session = taken.attempt.session
    async with held_folder(service.config.data, session) as folder:
        prefix = f"sessions/{session}"
        artifacts = service.artifacts(session, folder)
        shipper = Shipper(folder, service.blobs, f"{prefix}/files")

        async def before(events: Sequence[Event]) -> None:
            if any(isinstance(event, Checkpointed | ChangeMade | TurnFinished) for event in events):
                await shipper.ship()
            for event in events:
                if isinstance(event, ChangeMade):
                    await keep_commits(clone, artifacts, event)

        def also(connection: Connection, events: Sequence[Event]) -> None:
            charge(connection, taken, events)
            if any(isinstance(event, PermissionAsked | PermissionAnswered) for event in events):
                change_task(connection, taken.task.id, changed=time.time())  # whoever follows the list looks at it again

        log = await PatientLog.open(service.database, session, artifacts, service.bells, before=before, also=also)
        stale = log.last_seq > 0 and not is_current(folder, log.generation)
        generation = await log.claim()
        if stale:
            await asyncio.to_thread(remove_tree, folder / "artifacts")  # another writer may have replaced some
        else:
            mark(folder, generation)
        async with SqlInbox.open(service.database, service.bells, session, since=taken.turn.queued) as inbox:
            yield Opened(folder=folder, log=log, inbox=inbox, artifacts=artifacts, generation=generation, stale=stale)


async def bring_files(service: Service, taken: Taken, opened: Opened, clone: Clone) -> bool:
    """See that the folder holds the files of the log's newest writer; `clone` has the base. True when they were made anew from
    what was shipped, and the model does not know it yet: ignored files and processes are gone."""
    if opened.stale:
        await land(opened.folder, service.blobs, f"sessions/{taken.attempt.session}/files", clone)
        mark(opened.folder, opened.generation)
    return has_landed(opened.folder)


async def keep_commits(clone: Clone, artifacts: BlobArtifacts, event: ChangeMade) -> None:
    """Keep a change's commits as an artifact, for a worker on another machine to publish."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        await clone.bundle(event.change.base, event.change.head, path)
        artifacts.put(f"{CHANGES}/{event.change.head}.bundle", await asyncio.to_thread(path.read_bytes))


async def bring_commits(clone: Clone, artifacts: BlobArtifacts, head: str) -> None:
    """See that this machine's clone has a change's commits. Raises `KeyError` when they were never kept."""
    if await clone.has(head):
        return
    data = await asyncio.to_thread(artifacts.get, f"{CHANGES}/{head}.bundle")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        await asyncio.to_thread(path.write_bytes, data)
        await clone.unbundle(path)
