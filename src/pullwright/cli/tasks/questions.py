"""The question that an attempt waits with: of a turn that ended so, or of one that still runs."""

from __future__ import annotations

import msgspec

from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import events
from pullwright.cli.tasks.records import Attempt, Task
from pullwright.protocol.events import PermissionAnswered, PermissionAsked, decode
from pullwright.protocol.outcomes import NeedsInput


class Question(msgspec.Struct, frozen=True):
    """Its id, and whether it is a permission (yes or no) or wants words. `detail` is what the call would do, in the folder `cwd`;
    `scope` what is allowed with it for the session."""

    id: str
    permission: bool
    title: str = ""
    detail: str = ""
    cwd: str = ""
    scope: str = ""


def open_question(api: Api, attempt: Attempt) -> Question | None:
    """The newest question without an answer; None when there is none."""
    asked: dict[str, Question] = {}
    for line in events(api, attempt.id):
        if b'"permission_a' not in line:
            continue
        event = decode(line)
        if isinstance(event, PermissionAsked):
            asked[event.id] = _read(event)
        elif isinstance(event, PermissionAnswered):
            asked.pop(event.id, None)
    if isinstance(attempt.outcome, NeedsInput) and attempt.state == "needs_input":
        return asked.get(attempt.outcome.question, Question(attempt.outcome.question, permission=False))
    return list(asked.values())[-1] if attempt.state == "running" and asked else None


def questions_of(api: Api, task: Task) -> dict[str, Question]:
    """What the task's attempts ask, by attempt."""
    found = {one.id: open_question(api, one) for one in task.attempts if one.asks}
    return {attempt: question for attempt, question in found.items() if question is not None}


def _read(event: PermissionAsked) -> Question:
    return Question(event.id, event.tool != "ask_user", event.title, event.detail, event.cwd, event.scope)
