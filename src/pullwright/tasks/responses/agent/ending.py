"""The rows of responses follow their turns: in the transaction in which the last thing that they wait for happens.

`follow_responses` is called wherever a task's state is brought up to date, and when what is to be published is published (or the
forge has refused it). So status, result and notice are right without anybody asking.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.notices.enqueueing import enqueue_notice
from pullwright.tasks.responses.agent.items import Json
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.responses.agent.reading import events_of
from pullwright.tasks.responses.agent.standing import Standing, standing
from pullwright.tasks.responses.agent.telling import Telling
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.responses import change_response, finish_response, open_responses_of_task
from pullwright.tasks.store.rows.api import StoredResponse
from pullwright.tasks.store.tasks import get_task


def follow_responses(connection: Connection, task_id: str) -> None:
    """Bring the responses of a task up to date that have not ended. Twice is once.

    Whoever adds a response's row calls it after that, in the same transaction: its turn may have ended before.
    """
    for stored in open_responses_of_task(connection, task_id):
        found = standing(connection, link_of(stored))
        if found.ended:
            _finish(connection, stored, found)
        elif found.status != stored.status:
            change_response(connection, stored.id, status=found.status)


def link_of(stored: StoredResponse) -> Link:
    """The turn that a stored response is."""
    return Link(task_id=stored.task_id, attempt_id=stored.attempt_id, turn_id=stored.turn_id)


def kept_standing(stored: StoredResponse) -> Standing | None:
    """How the response stood when it ended; None while it goes on. A pull request that is opened or a choice that is made later
    belongs to what comes after it."""
    if not stored.completed:
        return None
    try:
        return msgspec.convert(msgspec.json.decode(stored.resource, type=dict[str, Any]).get("pullwright"), Standing)
    except msgspec.ValidationError:
        return None


def _finish(connection: Connection, stored: StoredResponse, found: Standing) -> None:
    resource: dict[str, Any] = msgspec.json.decode(stored.resource)
    resource |= {"status": found.status, "pullwright": found.told(), "output": _words(connection, stored, found)}
    if finish_response(connection, stored.id, found.status, msgspec.json.encode(resource), found.ended) and stored.background:
        _notify(connection, stored, found)


def _words(connection: Connection, stored: StoredResponse, found: Standing) -> list[Json]:
    """The messages: what a model is told that goes on from this response."""
    telling = Telling({}, stored.turn_id)
    for event in events_of(connection, get_attempt(connection, stored.attempt_id).session, stored.turn_id):
        telling.hear(event)
    telling.end(found)
    return [item for item in telling.output if item["type"] == "message"]


def _notify(connection: Connection, stored: StoredResponse, found: Standing) -> None:
    project = get_task(connection, stored.task_id).project_id
    enqueue_notice(connection, stored.user_id, project, f"response.{found.status}", {"id": stored.id})
