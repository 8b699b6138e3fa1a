"""What deliveries are tested with: rows, a vault, bells; people with endpoints; a fast pace."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.protocol.ids import new_id
from pullwright.tasks.notices.delivering import Pace, keep_delivering
from pullwright.tasks.notices.endpoints import EndpointOrder, EndpointView, create_endpoint
from pullwright.tasks.notices.enqueueing import TOPIC, enqueue_notice
from pullwright.tasks.notices.reach import Reach
from pullwright.tasks.notices.sending import Outcome
from pullwright.tasks.notices.settling import Patience
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.notices import list_notices
from pullwright.tasks.store.rows.notices import Notice
from pullwright.tasks.vault import Vault

DONE = Outcome(status=200)
FAST = Pace(patience=Patience(waits=(0.02, 0.02)), every=0.05)
HERE = Reach(("127.0.0.0/8",))


@dataclass
class Script:
    """In place of a sender: says what it is told to, and remembers."""

    answers: list[Outcome] = field(default_factory=list[Outcome])
    then: Outcome = DONE
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list[Any])
    slow: float = 0.0
    under_way: dict[str, int] = field(default_factory=dict[str, int])
    most: dict[str, int] = field(default_factory=dict[str, int])

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.sent.append((url, dict(headers), body))
        self.under_way[url] = self.under_way.get(url, 0) + 1
        self.most[url] = max(self.most.get(url, 0), self.under_way[url])
        try:
            await asyncio.sleep(self.slow)
        finally:
            self.under_way[url] -= 1
        return self.answers.pop(0) if self.answers else self.then


@dataclass
class Scene:
    """As much of a service as deliveries need."""

    database: Database
    vault: Vault
    bells: Bells = field(default_factory=Bells)

    @property
    def service(self) -> Service:
        return cast(Service, self)

    async def endpoint(self, actor: Actor, url: str, **more: Any) -> EndpointView:
        return await create_endpoint(self, actor, EndpointOrder(url=url, **more), HERE)

    async def tell(self, actor: Actor, count: int = 1, event: str = "response.completed") -> None:
        for _ in range(count):
            await self.database.write(enqueue_notice, actor.user_id, "", event, {"id": new_id("resp")})
        self.bells.ring(TOPIC)

    async def notices(self, endpoint: EndpointView) -> list[Notice]:
        return await self.database.read(list_notices, endpoint.id)

    @contextlib.asynccontextmanager
    async def delivering(self, sender: Script, pace: Pace = FAST, servers: int = 1) -> AsyncIterator[None]:
        """That many servers deliver while the block runs."""
        work = [asyncio.create_task(keep_delivering(self.service, pace=pace, sender=sender)) for _ in range(servers)]
        try:
            yield
            assert not any(one.done() for one in work)
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)


async def until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until it holds; it may be a coroutine function."""
    end = time.monotonic() + seconds
    while True:
        found = holds()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
