"""The question that an attempt waits with: of a turn that ended so, or of one that still runs."""

from __future__ import annotations

import msgspec

from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.calls import events
from pullwright.cli.tasks.records import Attempt
from pullwright.protocol.events import PermissionAnswered, PermissionAsked, decode
from pullwright.protocol.outcomes import NeedsInput


class Question(msgspec.Struct, frozen=True):
    """Its id, and whether it is a permission (yes or no) or wants words."""

    id: str
    permission: bool


def open_question(api: Api, attempt: Attempt) -> Question | None:
    """The newest question without an answer; None when there is none."""
    asked: dict[str, bool] = {}
    for line in events(api, attempt.id):
        if b'"permission_a' not in line:
            continue
        event = decode(line)
        if isinstance(event, PermissionAsked):
            asked[event.id] = event.tool != "ask_user"
        elif isinstance(event, PermissionAnswered):
            asked.pop(event.id, None)
    if isinstance(attempt.outcome, NeedsInput) and attempt.state == "needs_input":
        return Question(attempt.outcome.question, asked.get(attempt.outcome.question, False))
    if attempt.state != "running" or not asked:
        return None
    newest = list(asked)[-1]
    return Question(newest, asked[newest])
