"""Title and text of a pull request, from the report of the turn that made the change."""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import Connection

from pullwright.attempts.change import subject
from pullwright.attempts.prose import quote
from pullwright.attempts.pull_request import body
from pullwright.attempts.report import Report
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.turns import turns_of


class Text(msgspec.Struct, frozen=True):
    """What a reader sees first."""

    title: str
    body: str


async def pull_text(service: Service, task: Task, attempt: Attempt) -> Text:
    """The pull request's text: the report of the attempt's last turn, with where it can be reviewed."""
    text = await asyncio.to_thread(_report, service, attempt, await service.database.read(_last_turn, attempt.id))
    message = attempt.outcome.message if attempt.outcome is not None else ""
    where = f"\n\n[Review it in Pullwright]({service.config.public_url}/tasks/{task.id})" if service.config.public_url else ""
    return Text(subject(task.title, message), text + where)


def _report(service: Service, attempt: Attempt, turn: str) -> str:
    """The report as a body that fits into a forge; without one, what the agent says, quoted."""
    try:
        return body(msgspec.json.decode(service.artifacts(attempt.session).get(f"reports/{turn}.json"), type=Report))
    except (KeyError, msgspec.DecodeError):
        return quote(attempt.outcome.message if attempt.outcome is not None else "")


def _last_turn(connection: Connection, attempt_id: str) -> str:
    """The newest turn that made a change."""
    finished = [turn for turn in turns_of(connection, attempt_id) if turn.outcome is not None and turn.outcome.change is not None]
    return finished[-1].id if finished else ""
