"""A server over an open service: everything that the app works with, made from its configuration."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from pullwright.protocol.errors import FixSettings
from pullwright.server.app import make_app
from pullwright.server.between.ration import Ration
from pullwright.server.config import ServerConfig
from pullwright.server.desk import Desk
from pullwright.server.entrance.csrf import Guard, guard
from pullwright.server.entrance.entrance import Entrance
from pullwright.server.entrance.first_run import FirstRun
from pullwright.server.entrance.oidc import Oidc
from pullwright.server.entrance.people import is_settled, people_of
from pullwright.server.finding import Finder
from pullwright.server.inside.tickets import Tickets
from pullwright.server.streams.feeds import Feeds
from pullwright.server.streams.source import ServiceSource
from pullwright.server.telemetry.metrics import Metrics
from pullwright.tasks.metering.meter import Meter
from pullwright.tasks.notices.reach import Reach
from pullwright.tasks.notices.sending import Sender
from pullwright.tasks.responses.answering import Answering
from pullwright.tasks.responses.background import Background
from pullwright.tasks.service.service import Service

CALLBACK = "/api/v1/oidc/callback"


@asynccontextmanager
async def open_server(service: Service, config: ServerConfig, *, csrf: Guard = guard) -> AsyncGenerator[FastAPI, None]:
    """The app, ready to be served. `csrf` is another guard in tests alone, which show what it keeps out.

    Raises `FixSettings` for an address that other machines reach while there is no administrator.
    """
    people = people_of(service, config)
    settled = await service.database.read(is_settled)
    if not settled and not config.loopback:
        raise FixSettings(
            f"nobody administers this service yet, and {config.host} is reached by other machines",
            fix="pullwright admin create-user NAME --admin    first; or serve without --host, and open the link that is printed",
        )
    metrics = Metrics()
    feeds = Feeds(ServiceSource(service), metrics, most=config.streams, beat=config.heartbeat)
    reach = Reach(service.config.webhook_networks)
    async with (
        Sender.open(reach) as sender,
        httpx.AsyncClient(timeout=10.0, follow_redirects=False) as client,
        Meter.open(service) as meter,
        Answering.open(service, meter) as answering,
        Background.open(answering) as background,
    ):
        metrics.watch(meter.refused)
        desk = Desk(
            service=service,
            config=config,
            entrance=Entrance(people, config, csrf),
            metrics=metrics,
            meter=meter,
            feeds=feeds,
            first_run=FirstRun(),
            requests=Ration(config.requests, config.requests / 60),
            sign_ins=Ration(config.sign_ins, config.sign_ins / 60),
            answering=answering,
            background=background,
            sender=sender,
            finder=Finder(),
            tickets=Tickets(),
            oidc=Oidc(config.oidc, config.url + CALLBACK, os.urandom(32), client) if config.oidc else None,
            settled=settled,
        )
        yield make_app(desk)
