"""A response now, and as it goes on: its log told, from the first event of its turn to the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.log.sql.reading import PAGE, POLL, read_lines
from pullwright.models.relay.relay import Frame
from pullwright.protocol.errors import NotFound
from pullwright.protocol.events import Event
from pullwright.tasks.engine.waiting import why_waiting
from pullwright.tasks.responses.agent.ending import kept_standing
from pullwright.tasks.responses.agent.items import Json
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.responses.agent.reading import Reading
from pullwright.tasks.responses.agent.standing import Standing, standing
from pullwright.tasks.responses.agent.telling import Telling
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.responses import of_turn
from pullwright.tasks.store.tasks import get_task


async def current(service: Service, link: Link, shell: dict[str, Any]) -> Json:
    """The response object as it is now. Of a task that is gone (tasks that are closed are kept for a while only) it says so, as a
    failure."""
    try:
        session, found = await service.database.read(_look, link)
        telling = _telling(service, link, shell)
        reading = Reading(link.turn_id)
        async for event in _news(service, session, reading):
            telling.hear(event)
    except NotFound:
        return _gone(link, shell)
    if found.ended:
        telling.end(found)
    return telling.response(found)


async def frames(service: Service, link: Link, shell: dict[str, Any]) -> AsyncGenerator[Frame, None]:
    """The response's events from number 0 on, live until its end. Raises `NotFound` when the task is gone; close it to stop."""
    session, found = await service.database.read(_look, link)
    telling = _telling(service, link, shell)
    reading = Reading(link.turn_id)
    news = asyncio.Event()
    bells = service.bells
    for frame in telling.begun():
        yield frame
    async with bells.listen(f"log:{session}", news.set), bells.listen(f"task:{link.task_id}", news.set):
        while True:
            news.clear()
            _, found = await service.database.read(_look, link)  # before the log: what it says of the end, the log has
            for frame in telling.working() if found.status != "queued" else ():
                yield frame
            async for event in _news(service, session, reading):
                for frame in telling.hear(event):
                    yield frame
            if found.ended:
                for frame in telling.end(found):
                    yield frame
                return
            await _rung(news)


async def has_ended(service: Service, link: Link, seconds: float) -> bool:
    """Wait for the response's end, for so long at most; whether it has ended."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    until = loop.time() + seconds
    async with service.bells.listen(f"task:{link.task_id}", news.set):
        while not (await service.database.read(_look, link))[1].ended:
            if (left := until - loop.time()) <= 0:
                return False
            await _rung(news, min(left, POLL))
            news.clear()
    return True


async def _rung(news: asyncio.Event, seconds: float = POLL) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return


async def _news(service: Service, session: str, reading: Reading) -> AsyncIterator[Event]:
    """The turn's events that came since the last time."""
    while not reading.over:
        lines = await read_lines(service.database, session, reading.after)
        for event in reading.take(lines):
            yield event
        if len(lines) < PAGE:
            return


def _telling(service: Service, link: Link, shell: dict[str, Any]) -> Telling:
    public = service.config.public_url.rstrip("/")
    url = f"{public}/tasks/{link.task_id}" if public else ""
    told = {"task": link.task_id, "attempt": link.attempt_id, "turn": link.turn_id, "url": url}
    return Telling({**shell, "pullwright": told}, link.turn_id, url)


def _look(connection: Connection, link: Link) -> tuple[str, Standing]:
    """The session that the response is told from, and how the response stands: as it was kept when it ended, or now. It ends when
    its row does (the rows of its turns say so first, while the last of its publication is still written). Of one that has ended
    only the states of task and pull request go on."""
    session = get_attempt(connection, link.attempt_id).session
    stored = of_turn(connection, link.turn_id)
    if stored is not None and (kept := kept_standing(stored)) is not None:
        made, pull = kept.pull_request, find_pull_request(connection, link.task_id)
        if made is not None and pull is not None and pull.number == made.number:
            made = msgspec.structs.replace(made, state=pull.state)
        state = get_task(connection, link.task_id).state
        return session, msgspec.structs.replace(kept, state=state, pull_request=made)
    found = standing(connection, link)
    if stored is not None and not stored.completed:
        found = msgspec.structs.replace(found, ended=0.0)
    if found.status == "queued":
        return session, msgspec.structs.replace(found, waiting=why_waiting(connection, link.turn_id))
    return session, found


def _gone(link: Link, shell: dict[str, Any]) -> Json:
    message = f"{link.task_id}, which this response tells of, is gone: closed tasks are kept for a while only"
    return {
        **shell,
        "status": "failed",
        "output": [],
        "usage": None,
        "completed_at": None,
        "error": {"code": "server_error", "message": message},
        "incomplete_details": None,
        "pullwright": {"task": link.task_id, "attempt": link.attempt_id, "turn": link.turn_id},
    }
