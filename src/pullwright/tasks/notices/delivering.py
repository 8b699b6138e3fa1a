"""Due notices are claimed and tried, on every server, until it stops.

    while True:  claim what is due  ─▶  a task for each: open the secret, sign, send, settle  ─▶  wait for the bell, or a moment

Each of several servers does it: a claim is a compare-and-swap, and holds until its server settles it or is gone. So a notice is
delivered at least once, never by two at the same moment, always with the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter

import msgspec
from sqlalchemy import Connection

from pullwright.log.bells import Bell
from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.notices.enqueueing import TOPIC
from pullwright.tasks.notices.reach import Reach
from pullwright.tasks.notices.sending import SECONDS, Outcome, Sender, Sends
from pullwright.tasks.notices.settling import Patience, disable, settle
from pullwright.tasks.notices.signing import signed_headers
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.notices import any_due, claim_notices, find_endpoint, let_go_of_notices
from pullwright.tasks.store.rows.notices import Notice, NoticeEndpoint
from pullwright.tasks.store.users import find_user
from pullwright.tasks.vault import Vault, notice_context

_LOG = logging.getLogger("pullwright.notices")


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How a server delivers. `lease` is how long a claim holds: longer than a try takes. `each`: of one endpoint at once."""

    patience: Patience = Patience()
    every: float = 1.0
    lease: float = 4 * SECONDS
    at_once: int = 16
    each: int = 2


PACE = Pace()


async def keep_delivering(service: Service, *, pace: Pace = PACE, sender: Sends | None = None) -> None:
    """Deliver until cancelled: what is under way then is given back, and tried again elsewhere or later."""
    if sender is not None:
        await Courier(service, sender, pace).run()
        return
    async with Sender.open(Reach(service.config.webhook_networks)) as opened:
        await Courier(service, opened, pace).run()


class Courier:
    """One server's deliveries."""

    def __init__(self, service: Service, sender: Sends, pace: Pace) -> None:
        self._service = service
        self._sender = sender
        self._pace = pace
        self._under_way: dict[str, Notice] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group, self._service.bells.listen(TOPIC) as bell:
                while True:
                    await self._take_up(group, bell)
                    await bell.wait(self._pace.every)
        finally:
            if self._under_way:
                left = tuple(self._under_way.values())
                await asyncio.shield(self._service.database.write(let_go_of_notices, left, time.time()))

    async def _take_up(self, group: asyncio.TaskGroup, bell: Bell) -> None:
        free = self._pace.at_once - len(self._under_way)
        if not free:
            return
        counted = Counter(one.endpoint_id for one in self._under_way.values())
        busy = [endpoint for endpoint, count in counted.items() if count >= self._pace.each]
        now = time.time()
        try:
            if not await self._service.database.read(any_due, now):
                return
            claimed = await self._service.database.write(
                claim_notices, now, now + self._pace.lease, free, each=self._pace.each, busy=busy
            )
        except PullwrightError as error:
            _LOG.warning("notices wait for the database: %s", error)
            return
        for notice in claimed:
            self._under_way[notice.id] = notice
            group.create_task(self._deliver(notice, bell))

    async def _deliver(self, notice: Notice, bell: Bell) -> None:
        """One try. Nothing that goes wrong here keeps the others."""
        try:
            outcome = await self._tried(notice)
        except PullwrightError as error:
            outcome = Outcome(why=str(error))
        except Exception:
            _LOG.exception("delivering notice %s broke", notice.id)
            outcome = Outcome(why="something in Pullwright broke; the server's log has more")
        try:
            if outcome is not None:
                await self._service.database.write(settle, notice, outcome, time.time(), self._pace.patience)
        except PullwrightError as error:  # the claim runs out, and it is tried again
            _LOG.warning("notice %s waits for the database: %s", notice.id, error)
        del self._under_way[notice.id]  # not when cancelled: then it is given back
        bell.ring()

    async def _tried(self, notice: Notice) -> Outcome | None:
        """How it went; None: there is nobody to tell, or it is no longer ours to try."""
        endpoint = await self._service.database.write(_addressee, notice, time.time())
        now = time.time()
        if endpoint is None or now + SECONDS > (notice.held or 0.0):
            return None
        headers = signed_headers(secrets_of(self._service.vault, endpoint, now), notice.id, now, notice.body)
        return await self._sender.send(endpoint.url, headers, notice.body)


def secrets_of(vault: Vault, endpoint: NoticeEndpoint, now: float) -> tuple[str, ...]:
    """What an endpoint's messages are signed with now: its secret, and for a while the one before."""
    sealed = [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_until is not None and now < endpoint.old_until:
        sealed.append(endpoint.old_secret)
    return tuple(vault.open(one, notice_context(endpoint.id)).decode() for one in sealed)


def _addressee(connection: Connection, notice: Notice, now: float) -> NoticeEndpoint | None:
    """To whom it goes; None when it is disabled, or its user is: then all that waits for it is given up."""
    endpoint = find_endpoint(connection, notice.endpoint_id)
    user = find_user(connection, endpoint.user_id) if endpoint else None
    if endpoint is None or user is None:
        return None
    if endpoint.disabled is None and not user.disabled:
        return endpoint
    disable(connection, endpoint.id, endpoint.why if endpoint.disabled else "its user was disabled", endpoint.disabled or now)
    return None
