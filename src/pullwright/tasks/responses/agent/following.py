"""A request that follows an `agent` response: the agent goes on with what it says, as the next turn of the same attempt.

it waits for an answer          the input is the answer: `yes`, `always` or `no` where something can only be allowed or refused
its change waits for review     sent back with the input as the note
anything else                   the input is the next prompt

`metadata.budget` raises what the task may use; where it stopped because of that, it goes on with it, and hears the input.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict
from pullwright.protocol.inputs import Answer, Prompt, RaiseBudget, Steer
from pullwright.protocol.outcomes import NeedsInput
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.agent.beginning import require_dispatch
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.responses.agent.ordering import budget_of, refuse_unheeded, words_of
from pullwright.tasks.responses.agent.standing import standing
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.service.giving import give
from pullwright.tasks.service.queueing import open_turn
from pullwright.tasks.service.reviewing import send_back
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import get_attempt
from pullwright.tasks.store.responses import newest_of_task
from pullwright.tasks.store.rows.work import Attempt
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import latest_turn, turns_of

YES = frozenset({"yes", "y", "ok", "okay", "allow", "approve", "approved"})
NO = frozenset({"no", "n", "deny", "refuse", "reject"})


async def follow_up(service: Service, actor: Actor, link: Link, asked: Asked, response_id: str) -> Link:
    """Hand the request to the attempt of the response that it follows; the turn that it begins. `response_id` makes it happen
    once. Raises `Conflict` while the attempt is at work, when the task is merged, and for a response that is not its newest."""
    require_dispatch(actor)
    refuse_unheeded(asked)
    words, budget = words_of(asked), budget_of(asked.metadata)
    attempt, reviews = await service.database.read(_attempt, actor, link, asked.previous_id)
    given = f"inp_{response_id}"
    if budget is not None and await give(service, actor, attempt.id, RaiseBudget(id=f"{given}_b", budget=budget)) == "queued":
        await give(service, actor, attempt.id, Steer(id=given, text=words.text))  # the turn that the new budget began hears it
    elif isinstance(attempt.outcome, NeedsInput) and attempt.state == "needs_input":
        answer = Answer(id=given, question=attempt.outcome.question, verdict=verdict_of(words.text), text=words.text)
        await give(service, actor, attempt.id, answer)
    elif attempt.state == "review" and reviews and not words.images:
        await send_back(service, actor, attempt.task_id, words.text, attempt=attempt.id, id=given)
    else:
        await give(service, actor, attempt.id, Prompt(id=given, text=words.text, images=words.images))
    turn = await service.database.read(_turn, attempt.id, given)
    return Link(task_id=attempt.task_id, attempt_id=attempt.id, turn_id=turn)


def _attempt(connection: Connection, actor: Actor, link: Link, previous: str) -> tuple[Attempt, bool]:
    """The attempt that goes on, and whether the actor may send its change back."""
    task = get_task(connection, link.task_id)
    actor.require("task.steer", task.project_id, f"task {task.id}")
    newest = newest_of_task(connection, task.id)
    if newest is not None and previous and newest.id != previous:
        raise Conflict(f"{previous} is not the newest response of {task.id}: {newest.id} is", fix="Go on from that one.")
    found = standing(connection, link)
    mine = {one.attempt for one in found.attempts}
    attempt = get_attempt(connection, task.chosen if task.chosen in mine else found.chosen.attempt)
    if attempt.state == "merged":
        raise Conflict(f"{task.id} is merged", fix="Ask for a new task.")
    if (not found.ended and any(not one.outcome for one in found.attempts)) or open_turn(connection, attempt.id) is not None:
        steer = f'POST {{"type": "steer", "text": …}} to /api/v1/attempts/{attempt.id}/inputs to be heard at once.'
        raise Conflict(f"{task.id} is at work", fix=f"Wait until the response has ended, or {steer}")
    return attempt, actor.may("task.review", task.project_id)


def verdict_of(text: str) -> Literal["once", "session", "no"] | None:
    """What an answer says where something is to be allowed; a question is answered by the text as it is."""
    first = text.strip().lower().partition("\n")[0].rstrip(".!")
    if first == "always":
        return "session"
    return "once" if first in YES else "no" if first in NO or first.startswith(("no,", "no:", "no ")) else None


def _turn(connection: Connection, attempt_id: str, given: str) -> str:
    """The turn that the input began, or begins with it in its inbox."""
    own = next((turn for turn in turns_of(connection, attempt_id) if turn.prompt.id == given), None)
    turn = own or latest_turn(connection, attempt_id)
    assert turn is not None
    return turn.id
