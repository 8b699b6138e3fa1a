"""The desk that every route works at: the service, who asks, and what the server itself keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
from starlette.requests import HTTPConnection, Request

from pullwright.server.between.ration import Ration
from pullwright.server.config import ServerConfig
from pullwright.server.entrance.entrance import Caller, Entrance, unknown
from pullwright.server.entrance.first_run import FirstRun
from pullwright.server.finding import Finder
from pullwright.server.problems import Refusal
from pullwright.server.telemetry.metrics import Metrics
from pullwright.tasks.people.actor import Actor

if TYPE_CHECKING:
    from pullwright.server.entrance.oidc import Oidc
    from pullwright.server.inside.tickets import Tickets
    from pullwright.server.streams.feeds import Feeds
    from pullwright.tasks.metering.meter import Meter
    from pullwright.tasks.notices.sending import Sender
    from pullwright.tasks.responses.answering import Answering
    from pullwright.tasks.responses.background import Background
    from pullwright.tasks.service.service import Service


class Desk(msgspec.Struct, kw_only=True):
    """What one server process has. `settled`: an administrator can sign in; once so, it stays so."""

    service: Service
    config: ServerConfig
    entrance: Entrance
    metrics: Metrics
    meter: Meter
    feeds: Feeds
    first_run: FirstRun
    requests: Ration
    sign_ins: Ration
    answering: Answering
    background: Background
    sender: Sender
    finder: Finder
    tickets: Tickets
    oidc: Oidc | None = None
    settled: bool = False

    async def call(self, request: HTTPConnection, *, open: bool = False, brought: str | None = None) -> Call:  # noqa: A002
        """Who asks what. Raises `Refusal`: 401 without a credential (unless `open`), 429 for who asks too often."""
        address = str(request.state.address)
        try:
            caller = await self.entrance.caller(request, brought=brought)
        except Refusal:
            if not open:
                self.requests.take(f"at {address}")
                raise
            caller = None  # who signs in may still bring what has ended, and counts as nobody
        if caller is None:
            self.requests.take(f"at {address}")
            if not open:
                raise unknown("a credential is needed here")
            return Call(cast("Request", request), self, None)
        actor = caller.actor
        request.state.user, request.state.key = actor.user_id, actor.key_id or ""
        self.requests.take(f"key {actor.key_id}" if actor.key_id else f"user {actor.user_id}")
        return Call(cast("Request", request), self, caller)


class Call(msgspec.Struct, frozen=True):
    """One request, and who made it. A WebSocket's has no method and no body."""

    request: Request
    desk: Desk
    caller: Caller | None

    @property
    def service(self) -> Service:
        """What does it."""
        return self.desk.service

    @property
    def actor(self) -> Actor:
        """Who asks. Only an open route has nobody."""
        if self.caller is None:
            raise unknown("a credential is needed here")
        return self.caller.actor

    @property
    def address(self) -> str:
        """Where they are."""
        return str(self.request.state.address)


def desk_of(request: HTTPConnection) -> Desk:
    """The desk of the app that `request` came to."""
    return cast("Desk", request.app.state.desk)
