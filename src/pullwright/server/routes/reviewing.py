"""What people say of a change: remarks on lines, approval, or back with notes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pullwright.server.routes.tasks import Key
from pullwright.server.routing import Call, Routes
from pullwright.tasks.publishing.standing import MergeStanding, merge_standing
from pullwright.tasks.service import reviewing
from pullwright.tasks.service.notes import Remark
from pullwright.tasks.service.reviewing import ReviewView
from pullwright.tasks.service.views import TaskView
from pullwright.tasks.store.records import MergeMethod
from pullwright.tasks.store.rows.results import Comment

ROUTES = Routes("Reviews")

Note = Annotated[str, msgspec.Meta(max_length=20_000)]


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """An approval. `head` is the commit that was looked at: when the change has moved on since, nothing is merged.
    `method` empty: the project's."""

    head: Annotated[str, msgspec.Meta(max_length=64)] = ""
    note: Note = ""
    method: MergeMethod | None = None


class SendBack(msgspec.Struct, frozen=True, kw_only=True):
    """What should be different; the remarks that wait go along. `attempt` empty: the chosen one, or the only one."""

    note: Note = ""
    attempt: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Rewording(msgspec.Struct, frozen=True):
    """A remark's words, as they should be."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]


@ROUTES.get("/api/v1/tasks/{task}/reviews")
async def reviews(call: Call, task: str) -> ReviewView:
    """All that was said about the task's changes, and one's own remarks that wait."""
    return await reviewing.view_reviews(call.service, call.actor, task)


@ROUTES.post("/api/v1/attempts/{attempt}/comments", status=201, example=Remark(text="Why not a constant?", path="a.py", line=3))
async def comment(call: Call, attempt: str, body: Remark) -> Comment:
    """Remark on lines of the change, or on the whole. It waits until it is sent with a verdict."""
    return await reviewing.comment(call.service, call.actor, attempt, body)


@ROUTES.patch("/api/v1/comments/{comment}", example=Rewording("Why not a constant?"))
async def edit_comment(call: Call, comment: str, body: Rewording) -> Comment:
    """Put other words into a remark of one's own that was not sent yet."""
    return await reviewing.edit_comment(call.service, call.actor, comment, body.text)


@ROUTES.delete("/api/v1/comments/{comment}")
async def discard_comment(call: Call, comment: str) -> None:
    """Take back a remark of one's own that was not sent yet."""
    await reviewing.discard_comment(call.service, call.actor, comment)


@ROUTES.get("/api/v1/tasks/{task}/merge")
async def merge(call: Call, task: str) -> MergeStanding:
    """How the task's change stands at its forge: the ways of merging that are allowed there, and the checks."""
    return await merge_standing(call.service, call.actor, task)


@ROUTES.post("/api/v1/tasks/{task}/approve")
async def approve(call: Call, task: str, body: Approval) -> TaskView:
    """Approve the task's change: it is merged, and the task is done."""
    method, head, note = body.method, body.head, body.note
    return await reviewing.approve(call.service, call.actor, task, method=method, head=head, note=note)


@ROUTES.post("/api/v1/tasks/{task}/send-back", example=SendBack(note="Cover the empty basket too."))
async def send_back(call: Call, task: str, body: SendBack, key: Key = "") -> TaskView:
    """Send the change back with notes: they become the next turn of the same session."""
    return await reviewing.send_back(call.service, call.actor, task, body.note, attempt=body.attempt, id=key)
