"""An attempt's proof as one file that somebody else can run again (`pullwright replay`)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.attempts.bundle.making import Proved, make_bundle
from pullwright.log.sql.reading import read_events
from pullwright.protocol.errors import NotFound
from pullwright.protocol.events import Event
from pullwright.server.kept import Kept
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.work.opened import bring_commits
from pullwright.workspace.repository import Repository

PAGE = 2000


@asynccontextmanager
async def evidence(found: Kept) -> AsyncGenerator[Path, None]:
    """The proof in a file, which is gone afterwards. Raises `FixSettings` where nothing was verified, `NotFound` where the
    change's commits are no longer kept."""
    service = found.service
    events = await _events(found)
    proved = Proved.of(events)
    clone = clone_of(service, found.project)
    with tempfile.TemporaryDirectory(prefix="evidence-", dir=service.config.data) as scratch:
        folder = Path(scratch)
        artifacts = service.artifacts(found.session, folder)
        try:
            await bring_commits(clone, artifacts, proved.change.head)
        except KeyError:
            raise NotFound("the change's commits are no longer kept") from None
        repository = await asyncio.to_thread(Repository.find, clone.folder)
        target = folder / "evidence.tar.gz"
        await asyncio.to_thread(make_bundle, events, artifacts, repository, target)
        yield target


async def _events(found: Kept) -> list[Event]:
    events: list[Event] = []
    while page := await read_events(found.service.database, found.session, len(events), PAGE):
        events += page
    return events
