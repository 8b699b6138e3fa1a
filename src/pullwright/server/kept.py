"""What is kept of an attempt: its diff, its report, its artifacts. Its log names them; they lie where every worker puts them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection, select

from pullwright.log.lines import event_of
from pullwright.log.sql.tables import events
from pullwright.protocol.errors import NotFound
from pullwright.protocol.events import ChangeMade, Event, Reported
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.server.desk import Call
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.service import Service, artifacts_at
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.tasks import get_task

PAGE = 200


class Kept:
    """What one attempt has left. `recheck` raises when the asker may no longer see it."""

    def __init__(
        self, service: Service, project: str, attempt: str, session: str, recheck: Callable[[Actor], Awaitable[object]]
    ) -> None:
        self.service = service
        self.project = project
        self.attempt = attempt
        self.session = session
        self.recheck = recheck

    async def diff(self) -> bytes:
        """The whole diff. Raises `NotFound` where there is no change."""
        return await self.artifact((await self._changed()).diff_artifact)

    async def change(self) -> ChangeSummary:
        """What was changed last. Raises `NotFound` where there is no change."""
        return (await self._changed()).change

    async def _changed(self) -> ChangeMade:
        event = await self._last(ChangeMade)
        if not isinstance(event, ChangeMade) or not event.diff_artifact:
            raise NotFound("the attempt has made no change yet")
        return event

    async def report_text(self) -> bytes:
        """The report as Markdown. Raises `NotFound` where there is none."""
        return await self.artifact((await self._reported()).markdown)

    async def report_json(self) -> bytes:
        """The report as JSON. Raises `NotFound` where there is none."""
        return await self.artifact((await self._reported()).json)

    async def _reported(self) -> Reported:
        event = await self._last(Reported)
        if not isinstance(event, Reported):
            raise NotFound("the attempt has no report yet")
        return event

    async def artifact(self, name: str) -> bytes:
        """One artifact. Raises `NotFound`."""
        try:
            return await asyncio.to_thread(self.service.blobs.get, f"{self.prefix}{name}")
        except (KeyError, ValueError):
            raise NotFound(f"there is no artifact {name[:200]}") from None

    async def names(self) -> list[str]:
        """Every artifact's name."""
        found = await asyncio.to_thread(self.service.blobs.names, self.prefix)
        return [name.removeprefix(self.prefix) for name in found]

    @property
    def prefix(self) -> str:
        """Where its artifacts lie in the blobs."""
        return f"{artifacts_at(self.session)}/"

    async def _last(self, kind: type[Event]) -> Event | None:
        return await self.service.database.read(last_event, self.session, kind)


async def kept(call: Call, attempt_id: str) -> Kept:
    """What is kept of an attempt that the caller may see. Raises `NotFound`."""
    service = call.service

    async def seen(actor: Actor) -> tuple[str, str]:
        return await service.database.read(_seen, actor, attempt_id)

    project, session = await seen(call.actor)
    return Kept(service, project, attempt_id, session, seen)


def _seen(connection: Connection, actor: Actor, attempt_id: str) -> tuple[str, str]:
    attempt = get_attempt(connection, attempt_id)
    project = get_task(connection, attempt.task_id).project_id
    actor.require("task.read", project, f"attempt {attempt_id}")
    return project, attempt.session


def last_event(connection: Connection, session: str, kind: type[Event]) -> Event | None:
    """The last event of a kind: looked for from the log's end, where changes and reports are."""
    before = 2**31 - 1
    tag = f'"type":"{kind.__struct_config__.tag}"'.encode()
    while True:
        page = select(events.c.seq, events.c.data).where(events.c.session == session, events.c.seq < before)
        rows = connection.execute(page.order_by(events.c.seq.desc()).limit(PAGE)).all()
        for seq, data in rows:
            if tag in bytes(data) and isinstance(event := event_of(bytes(data), seq), kind):
                return event
        if len(rows) < PAGE:
            return None
        before = rows[-1][0]
