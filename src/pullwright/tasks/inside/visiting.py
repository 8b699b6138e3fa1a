"""The server's side: who may look into an attempt, where it runs, and what is asked there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, NotFound, SandboxLost
from pullwright.tasks.engine.presence import this_host
from pullwright.tasks.inside import address
from pullwright.tasks.inside.words import Answered, Asked, ListPorts, Ports, Refused, frame, read_answered
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import latest_turn
from pullwright.tasks.store.workers import list_workers

Needed = Literal["task.read", "task.steer"]
Way = Literal["open", "opening", "ended", "elsewhere"]
A = TypeVar("A")

PATIENCE = 15.0
"""Seconds in which a worker must have answered."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where an attempt is. `running`: a turn of it is on a worker; `host`: that worker's machine."""

    attempt: str
    number: int
    task: str
    title: str
    project: str
    running: bool
    host: str
    may_steer: bool


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an attempt can be looked into: `open`, or `opening` (its sandbox is not there yet, or is closed before the turn's
    end), `ended` (nothing of it runs) or `elsewhere` (its worker is on another machine). `at` is the workspace's path inside;
    `may_enter` says whether this caller may open a terminal, and ports."""

    state: Way
    attempt: str
    number: int
    task: str
    title: str
    at: str = ""
    ports: tuple[int, ...] = ()
    may_enter: bool


async def find(service: Service, actor: Actor, attempt: str, needed: Needed) -> Whereabouts:
    """Where the attempt is. Raises `NotFound`, `Forbidden`."""
    return await service.database.read(_find, actor, attempt, needed)


def _find(connection: Connection, actor: Actor, attempt_id: str, needed: Needed) -> Whereabouts:
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    actor.require(needed, task.project_id, f"attempt {attempt_id}")
    turn = latest_turn(connection, attempt_id)
    running = turn is not None and turn.state in ("admitted", "running")
    worker = turn.worker_id if turn is not None and running else ""
    return Whereabouts(
        attempt=attempt.id,
        number=attempt.number,
        task=task.id,
        title=task.title,
        project=task.project_id,
        running=running,
        host=next((one.host for one in list_workers(connection) if one.id == worker), ""),
        may_steer=actor.may("task.steer", task.project_id),
    )


async def look(service: Service, actor: Actor, attempt: str) -> View:
    """Whether it can be looked into, and what listens there."""
    where = await find(service, actor, attempt, "task.read")
    state: Way = _not_open(where)
    ports = Ports(at="", ports=())
    if where.running:
        with contextlib.suppress(Conflict, SandboxLost):
            ports = await ask(service, where, _LOOK, Ports)
            state = "open"
    return View(
        state=state,
        attempt=where.attempt,
        number=where.number,
        task=where.task,
        title=where.title,
        at=ports.at,
        ports=ports.ports,
        may_enter=where.may_steer,
    )


async def ask(service: Service, where: Whereabouts, asked: Asked, kind: type[A]) -> A:
    """Ask one thing, answered by a record of `kind`. Raises as `entered` does."""
    async with entered(service, where, asked) as (answer, _):
        if not isinstance(answer, kind):
            raise SandboxLost("the attempt's worker answers something else")
        return answer


@asynccontextmanager
async def entered(service: Service, where: Whereabouts, asked: Asked) -> AsyncGenerator[tuple[Answered, Line]]:
    """A line to the attempt's sandbox on which `asked` was answered; it is closed in the end.

    Raises `Conflict` when the attempt cannot be looked into now, and why; `NotFound` for what is not there; `SandboxLost` when
    the sandbox ends meanwhile.
    """
    line = await _connected(service, where)
    try:
        line[1].write(frame(asked))
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await read_answered(line[0])
        except TimeoutError:
            answer = None
        if answer is None:
            raise SandboxLost("the sandbox has ended, or does not answer", fix="Look again.")
        if isinstance(answer, Refused):
            raise NotFound(answer.why, fix=answer.fix) if answer.missing else Conflict(answer.why, fix=answer.fix)
        yield answer, line
    finally:
        line[1].close()


async def record(service: Service, actor: Actor, where: Whereabouts, action: str, **detail: object) -> None:
    """One row of the audit log: what this person opened in there."""
    await service.database.write(audit, actor, action, where.attempt, where.project, detail)


async def _connected(service: Service, where: Whereabouts) -> Line:
    if where.running:
        try:
            connected = address.connected(service.config.data, where.attempt)
        except OSError:
            pass
        else:
            if address.is_ours(connected):
                return await asyncio.open_unix_connection(sock=connected)
            connected.close()
    why, fix = _WHY[_not_open(where)]
    raise Conflict(why, fix=fix)


def _not_open(where: Whereabouts) -> Way:
    if not where.running:
        return "ended"
    return "elsewhere" if where.host and where.host != this_host() else "opening"


_LOOK = ListPorts()
_WHY: dict[Way, tuple[str, str]] = {
    "ended": ("nothing of this attempt runs", "Its change, its report and its log are on the task's page."),
    "elsewhere": ("its worker is on another machine", "Look into it on a server that runs there."),
    "opening": ("its sandbox is not open now", "Wait until the agent uses it; it is closed while the change is verified."),
}
