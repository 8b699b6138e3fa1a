"""The processes of the run: `python bench/chaos.py --role worker-2 --plan FILE`."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from pathlib import Path

from sqlalchemy import Connection, select

from pullwright.log.sql.reading import read_lines
from pullwright.models.mock.script import Script
from pullwright.models.mock.server import MockServer
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.projects import list_projects
from pullwright.tasks.store.records import TaskOrder
from pullwright.tasks.store.tables import attempts
from pullwright.tasks.store.users import list_users
from pullwright.tasks.work.worker import be_worker
from upset.model import Player
from upset.plan import MACHINES, Plan

PROJECT = "shop"


def play(role: str, plan: Plan) -> None:
    """Be one of the processes until killed or told to end."""
    logging.basicConfig(level="WARNING")
    name, _, number = role.partition("-")
    if name == "worker":
        asyncio.run(_worker(plan, int(number)))
    elif name == "model":
        asyncio.run(_model(plan))
    else:
        asyncio.run(_dispatcher(plan))


async def _worker(plan: Plan, number: int) -> None:
    async with Service.open(plan.service(number % MACHINES)) as service:
        await be_worker(service, drain=5.0)


async def _model(plan: Plan) -> None:
    async with MockServer(Script(Player(plan.steps, plan.pause)), port=plan.model_port):
        await asyncio.Event().wait()


async def _dispatcher(plan: Plan) -> None:
    """Dispatch what is not there yet, in its time, and write down each event that is seen, as a page would show it."""
    started = float((plan.folder / "started").read_text())
    async with Service.open(plan.service()) as service:
        await asyncio.gather(_dispatch_all(service, plan, started), _watch(service, plan.folder / "seen"))


async def _dispatch_all(service: Service, plan: Plan, started: float) -> None:
    user = (await service.database.read(list_users))[0]
    project = (await service.database.read(list_projects))[0]
    actor = Actor(user_id=user.id, name=user.name, is_admin=True)
    gap = plan.seconds * 0.7 / len(plan.tasks)
    for number, count in enumerate(plan.tasks):
        await asyncio.sleep(max(0.0, started + number * gap - time.time()))
        # All of them, also after a restart: the same key again is the same task.
        prompt = f"Task {number}: the first price is not counted"
        await dispatch(service, actor, TaskOrder(project=project.id, prompt=prompt, attempts=count, dedup=f"chaos-{number}"))


async def _watch(service: Service, path: Path) -> None:
    """Each line: session, number, digest of the event as it was seen. One write each, so that a kill cuts at most the last."""
    seen: dict[str, int] = {}
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        for session in await service.database.read(_sessions):
            lines = await read_lines(service.database, session, seen.get(session, 0))
            for line in lines:
                seen[session] = seen.get(session, 0) + 1
                os.write(fd, f"{session} {seen[session]} {digest(line)}\n".encode())
        await asyncio.sleep(0.3)


def _sessions(connection: Connection) -> list[str]:
    return list(connection.scalars(select(attempts.c.session)))


def digest(line: bytes) -> str:
    """Of an event as it is stored."""
    return hashlib.sha256(line).hexdigest()[:24]
