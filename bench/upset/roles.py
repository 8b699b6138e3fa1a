"""The processes of the run: `python bench/chaos.py --role worker-2 --plan FILE`."""

from __future__ import annotations

import asyncio
import logging

from pullwright.models.mock.script import Script
from pullwright.models.mock.server import MockServer
from upset.client import be_client
from upset.model import Player
from upset.plan import MACHINES, Plan


def play(role: str, plan: Plan) -> None:
    """Be one of the processes until killed or told to end."""
    logging.basicConfig(level="WARNING")
    name, _, number = role.partition("-")
    if name == "worker":
        asyncio.run(_worker(plan, int(number)))
    elif name == "model":
        asyncio.run(_model(plan))
    elif name == "server":
        asyncio.run(_server(plan))
    else:
        asyncio.run(be_client(plan))


async def _worker(plan: Plan, number: int) -> None:
    from pullwright.cli.serving.work import work

    await work(plan.service(number % MACHINES), drain=5.0)


async def _model(plan: Plan) -> None:
    async with MockServer(Script(Player(plan.steps, plan.pause)), port=plan.model_port):
        await asyncio.Event().wait()


async def _server(plan: Plan) -> None:
    from pullwright.cli.serving.serve import Serving, serve
    from pullwright.server.config import ServerConfig

    config = ServerConfig(port=plan.server_port, drain=5.0, requests=1_000_000)
    await serve(Serving(service=plan.service(), server=config, work=False), print)
