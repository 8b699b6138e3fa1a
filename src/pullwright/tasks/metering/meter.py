"""The meter of one server process: what a call may cost, its row before it is made, and that every row is closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pullwright.models.catalog import Prices
from pullwright.protocol.errors import BudgetSpent, Forbidden, PullwrightError, TooMany
from pullwright.protocol.ids import new_id
from pullwright.protocol.usage import Usage
from pullwright.tasks.engine.presence import this_host
from pullwright.tasks.metering.accounts import Accounts, check_may_call
from pullwright.tasks.metering.called import Called
from pullwright.tasks.metering.journal import Journal
from pullwright.tasks.metering.learning import Learned
from pullwright.tasks.metering.ledger import Ledger
from pullwright.tasks.metering.limits import NOBODY, Limit, Windows
from pullwright.tasks.metering.metered import Cost, Metered
from pullwright.tasks.metering.recovery import Recovery
from pullwright.tasks.metering.together import Together
from pullwright.tasks.store.calls import Minute, elsewhere, note_calls
from pullwright.tasks.store.rows.accounts import ServerProcess, UsageEntry
from pullwright.tasks.store.servers import beat_server, forget_servers

if TYPE_CHECKING:
    from pullwright.tasks.people.actor import Actor
    from pullwright.tasks.service.service import Service

FOLDER = "metering"
EVERY = 10.0
"""Seconds between two heartbeats, and looks at what others left."""

_LOG = logging.getLogger("pullwright.metering")


class Meter:
    """Opened with `Meter.open`. `refused` counts what was not let in, by what was reached: `requests` or `tokens` (a minute's),
    `budget`, `model`."""

    def __init__(self, service: Service, journal: Journal, server: ServerProcess) -> None:
        self.id = server.id
        self.refused: Counter[str] = Counter()
        self._database = service.database
        self._journal = journal
        self._server = server
        self._ledger = Ledger(service.database)
        self._learned = Learned(service.database)
        self._accounts = Accounts(service.database)
        self._windows = Windows()
        self._elsewhere = Together(service.database, self._read_elsewhere)
        self._open: dict[str, Metered] = {}
        prices = Prices(service.config.prices)
        folder = service.config.data / FOLDER
        self._recovery = Recovery(service.database, folder, self.id, self._learned, prices.cost)

    @classmethod
    @asynccontextmanager
    async def open(cls, service: Service) -> AsyncGenerator[Meter]:
        """The meter of this process. What gone processes left open is closed at once, and then every few seconds.

        In the end every call that is still open is closed, as cancelled."""
        now = time.time()
        server = ServerProcess(id=new_id("server"), host=this_host(), started=now, heartbeat=now)
        journal = await asyncio.to_thread(Journal.open, service.config.data / FOLDER, server.id)
        meter = cls(service, journal, server)
        keeping = asyncio.create_task(meter._ledger.keep())
        beating: asyncio.Task[None] | None = None
        try:
            await meter.look()
            beating = asyncio.create_task(meter._beat())
            yield meter
        finally:
            if beating is not None:
                beating.cancel()
                await asyncio.wait((beating,))
            await meter._close_all()
            await keeping
            with contextlib.suppress(PullwrightError):
                await service.database.write(forget_servers, [server.id])
            await asyncio.to_thread(journal.close)

    @property
    def open_calls(self) -> int:
        """How many calls this process has open."""
        return len(self._open)

    async def admit(self, actor: Actor, model: str, project_id: str, tokens: int) -> dict[str, str]:
        """Let a request in, with about so many tokens, and say what is left of its key's minute, as `x-ratelimit-…` headers
        (none for who has no limit). `model` is as the client named it; `project_id` what it is charged to, or empty.

        Raises `Forbidden` (the key, the model, the project), `NotFound` (a project without a role), `BudgetSpent`, `TooMany`, and
        `ChangeRequest` 413 for what is larger than the key's whole minute.
        """
        try:
            check_may_call(actor, model, project_id)
            await self._accounts.check(actor.user_id, project_id or actor.only_project or "", actor.key_id)
            return await self._let_in(actor, tokens)
        except Forbidden:
            self.refused["model"] += 1
            raise
        except BudgetSpent:
            self.refused["budget"] += 1
            raise
        except TooMany as error:
            self.refused["requests" if error.limits.get("x-ratelimit-remaining-requests") == "0" else "tokens"] += 1
            raise

    async def _let_in(self, actor: Actor, tokens: int) -> dict[str, str]:
        limit = Limit(requests=actor.requests_minute, tokens=actor.tokens_minute)
        if not actor.key_id or (limit.requests is None and limit.tokens is None):
            return {}
        return self._windows.take(actor.key_id, limit, tokens, await self._elsewhere.ask(actor.key_id))

    def _read_elsewhere(self, connection: Connection, keys: Sequence[str]) -> dict[str, Minute]:
        found = elsewhere(connection, keys, self.id, self._windows.since)
        return {key: found.get(key, NOBODY) for key in keys}

    async def estimate(self, provider: str, model: str, sent_bytes: int, images: int = 0, key_id: str = "") -> int:
        """The input tokens of what is about to be sent, as far as it can be told from its size."""
        return (await self._learned.of(provider, model)).input(sent_bytes, images, key_id)

    async def begin(self, called: Called, cost: Cost) -> Metered:
        """A call's row, committed and open, with its input estimated. `cost` is in dollars, None where the price is unknown.

        Raises `TryAgainLater` when the database does not take it: then nothing may be called. Cancelled, it leaves a row that is
        closed.
        """
        rates = await self._learned.of(called.provider, called.model)
        sent = rates.input(called.sent_bytes, called.images, called.key_id)
        entry = self._entry(called, sent, cost(Usage(input=sent)))
        metered = Metered(
            entry,
            ledger=self._ledger,
            journal=self._journal,
            rates=rates,
            cost=cost,
            asked=self._windows.begin(called.key_id, sent) if called.key_id else None,
            over=self._forget,
        )
        self._open[entry.id] = metered
        committed = self._ledger.put(entry)
        try:
            await asyncio.shield(committed)
        except asyncio.CancelledError:
            metered.never_sent()
            raise
        except BaseException:
            metered.never_opened()
            raise
        self._accounts.charge(metered.account, sent, entry.cost_usd)
        return metered

    def _entry(self, called: Called, sent: int, cost_usd: float | None) -> UsageEntry:
        return UsageEntry(
            id=new_id("call"),
            time=time.time(),
            user_id=called.user_id,
            project_id=called.project_id,
            task_id=called.task_id,
            attempt_id="",
            key_id=called.key_id,
            provider=called.provider,
            model=called.model,
            input=sent,
            cost_usd=cost_usd,
            estimated=True,
            open=True,
            server_id=self.id,
            response_id=called.response_id,
            status="in_progress",
            sent_bytes=called.sent_bytes,
            images=called.images,
        )

    def _forget(self, metered: Metered) -> None:
        self._open.pop(metered.id, None)
        self._accounts.charge(metered.account, *metered.beyond())

    async def look(self) -> None:
        """Say that this process lives, what its calls have used so far, and close what others left open."""
        await self._database.write(beat_server, self._server, time.time())
        if news := [told for metered in list(self._open.values()) if (told := metered.news()) is not None]:
            await self._database.write(note_calls, news)
        if closed := await self._recovery.look() + await self._recovery.close_lost(set(self._open)):
            _LOG.info("closed %d calls that were left open", closed)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except (PullwrightError, SQLAlchemyError, OSError) as error:
                _LOG.warning("calls were not looked after: %s", error)

    async def _close_all(self) -> None:
        await asyncio.gather(*(metered.end("cancelled", None) for metered in list(self._open.values())))
        self._ledger.close()
