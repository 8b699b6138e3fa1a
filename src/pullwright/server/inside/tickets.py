"""Tickets to ports of sandboxes: an address that lets its holder in, to that one port, while the person may steer the attempt.

A page of a sandbox's must not have the person's sign-in, so it runs in an origin of its own, from where a browser sends no cookie
along. What lets it through is in its address instead: `/inside/TICKET/`. It reaches that port and nothing else, and only from
where it was given out: the pages inside know their address, and could tell it to others.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

from pullwright.protocol.errors import NotFound
from pullwright.server.desk import Call
from pullwright.tasks.people.actor import Actor

LASTS = 8 * 3600.0
"""Seconds that a ticket holds after it was used last."""
RECHECK = 15.0
MOST = 2000
"""Tickets that are kept; the one that was not used for longest goes first."""

Again = Callable[[], Awaitable[Actor | None]]
"""The person as they are now; None when their credential has ended."""


class Ticket(msgspec.Struct, kw_only=True):
    """What an address stands for. `again` looks at its holder anew; `origin` is the network address that they had."""

    attempt: str
    port: int
    origin: str
    again: Again
    used: float
    checked: float = 0.0
    actor: Actor | None = None


class Tickets:
    """The tickets of this process. They go with it: a page is then opened anew."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def issue(self, attempt: str, port: int, origin: str, again: Again) -> str:
        """A new ticket's name."""
        name = secrets.token_urlsafe(24)
        self._tickets[name] = Ticket(attempt=attempt, port=port, origin=origin, again=again, used=self._clock())
        while len(self._tickets) > MOST:
            self._tickets.popitem(last=False)
        return name

    async def holder(self, name: str, origin: str) -> tuple[Ticket, Actor]:
        """A ticket shown from `origin`, and who it was given to, who is looked at again now and then. Raises `NotFound`."""
        now = self._clock()
        ticket = self._tickets.get(name)
        if ticket is not None and now - ticket.used > LASTS:
            self.end(name)
            ticket = None
        if ticket is None or ticket.origin != origin:
            raise _gone()
        if ticket.actor is None or now - ticket.checked > RECHECK:
            ticket.actor = await ticket.again()
            ticket.checked = now
        if ticket.actor is None:
            self.end(name)
            raise _gone()
        ticket.used = now
        self._tickets.move_to_end(name)
        return ticket, ticket.actor

    def end(self, name: str) -> None:
        """It holds no longer."""
        self._tickets.pop(name, None)


def looked_at_again(call: Call) -> Again:
    """Who made this call, by the credential that they brought."""
    people, caller = call.desk.entrance.people, call.caller
    assert caller is not None
    said = call.request.headers.get("authorization", "")

    async def again() -> Actor | None:
        if said:
            return await people.by_key(said.partition(" ")[2].strip())
        if caller.token:
            found = await people.by_sign_in(caller.token)
            return found.actor if found is not None else None
        return await people.local()

    return again


def _gone() -> NotFound:
    return NotFound("this link has ended", fix="Open the port again on the attempt's page.")
