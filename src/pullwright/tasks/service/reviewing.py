"""Reviews: remarks on lines, sending a change back with them, approving it.

    comment ─▶ comment ─▶ send_back     the remarks and the note become the next turn of the same session
                       └▶ approve       published where it is not yet, then merged by the project's method

Remarks wait (visible to whoever wrote them) until they are sent with a verdict.
"""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.notes import Remark, notes_text
from pullwright.tasks.service.queueing import is_turn, open_turn, queue_turn
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import candidates, favoured, follow, set_state
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import attempts_of, get_attempt, lock_attempt
from pullwright.tasks.store.comments import (
    add_comment,
    change_draft,
    comments_of,
    drafts_of,
    find_comment,
    remove_draft,
    send_drafts,
)
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import MergeMethod
from pullwright.tasks.store.reviews import add_review, reviews_of
from pullwright.tasks.store.rows.results import Comment, Review, ReviewVerdict
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import change_task, get_task

LONGEST_REMARK = 20_000


async def comment(service: Service, actor: Actor, attempt_id: str, remark: Remark) -> Comment:
    """Keep a remark on an attempt's change, to be sent with the actor's next verdict."""
    _refuse_no_words(remark.text)
    if remark.line < 0 or (remark.end_line and remark.end_line < remark.line) or (remark.line and not remark.path):
        raise FixSettings(
            "the remark's lines are not a range of a file's", fix="Give `path`, `line` and, for a range, `end_line`."
        )
    if remark.line:
        await _refuse_no_place(service, actor, attempt_id, remark)
    made = await service.database.write(_comment, actor, attempt_id, remark)
    service.bells.ring(f"task:{made.task_id}")
    return made


def _refuse_no_words(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_REMARK:
        raise FixSettings(f"a remark has 1 to {LONGEST_REMARK} characters", fix="Say what should be different, and where.")


async def _refuse_no_place(service: Service, actor: Actor, attempt_id: str, remark: Remark) -> None:
    """Raises `FixSettings` for lines that the change does not have, as far as its commit is on this machine."""
    from pullwright.tasks.publishing.origin import clone_of

    project, commit = await service.database.read(_commit_of, actor, attempt_id, remark.side)
    clone = clone_of(service, project)
    if not commit or not await clone.has(commit):
        return
    count = await clone.lines(commit, remark.path)
    if count is None:
        raise FixSettings(f"there is no file {remark.path} at {commit[:12]}", fix="Name it as the diff does.")
    if max(remark.line, remark.end_line) > count:
        raise FixSettings(f"{remark.path} has {count} lines at {commit[:12]}", fix="Give lines that are there.")


def _commit_of(connection: Connection, actor: Actor, attempt_id: str, side: str) -> tuple[str, str]:
    """The project, and the commit that a remark's lines are those of."""
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    actor.require("task.review", task.project_id)
    return task.project_id, attempt.head if side == "new" else task.base


def _comment(connection: Connection, actor: Actor, attempt_id: str, remark: Remark) -> Comment:
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    actor.require("task.review", task.project_id)
    made = Comment(
        id=new_id("com"),
        task_id=task.id,
        attempt_id=attempt.id,
        user_id=actor.user_id,
        path=remark.path,
        side=remark.side,
        line=remark.line,
        end_line=remark.end_line or remark.line,
        head=attempt.head,
        text=remark.text,
        created=time.time(),
    )
    add_comment(connection, made)
    return made


async def edit_comment(service: Service, actor: Actor, comment_id: str, text: str) -> Comment:
    """Put other words into a remark of one's own that was not sent yet."""
    _refuse_no_words(text)
    return await service.database.write(_edit, actor, comment_id, text)


def _edit(connection: Connection, actor: Actor, comment_id: str, text: str) -> Comment:
    found = _own_remark(connection, actor, comment_id)
    if not change_draft(connection, comment_id, text):
        raise Conflict("that remark was sent already")
    return msgspec.structs.replace(found, text=text)


async def discard_comment(service: Service, actor: Actor, comment_id: str) -> None:
    """Take back a remark of one's own that was not sent yet."""
    await service.database.write(_discard, actor, comment_id)


def _discard(connection: Connection, actor: Actor, comment_id: str) -> None:
    _own_remark(connection, actor, comment_id)
    if not remove_draft(connection, comment_id):
        raise Conflict("that remark was sent already")


def _own_remark(connection: Connection, actor: Actor, comment_id: str) -> Comment:
    found = find_comment(connection, comment_id)
    if found is None:
        raise NotFound(f"there is no remark {comment_id}")
    actor.require("task.review", get_task(connection, found.task_id).project_id)
    if found.user_id != actor.user_id:
        raise Forbidden("that remark is somebody else's")
    return found


async def send_back(
    service: Service,
    actor: Actor,
    task_id: str,
    note: str = "",
    *,
    attempt: str = "",
    id: str = "",  # noqa: A002
) -> TaskView:
    """Send a change back with the actor's waiting remarks and a note: the next turn of its session. `id` makes it idempotent.

    Raises `FixSettings` when there is nothing to say, `Conflict` when the attempt is at work.
    """
    await service.database.write(_send_back, actor, task_id, attempt, note, id or new_id("inp"))
    service.tell(task_id)
    return await view_task(service, actor, task_id)


def _send_back(connection: Connection, actor: Actor, task_id: str, attempt_id: str, note: str, given: str) -> None:
    now = time.time()
    task = get_task(connection, task_id)
    actor.require("task.review", task.project_id)
    attempt = reviewed(connection, task, attempt_id)
    if is_turn(connection, attempt.id, given):
        return
    lock_attempt(connection, attempt.id)
    if open_turn(connection, attempt.id) is not None:
        raise Conflict("the attempt is at work", fix="Steer it, or wait until its turn has ended.")
    waiting = [one for one in drafts_of(connection, task_id, actor.user_id) if one.attempt_id == attempt.id]
    if not waiting and not note.strip():
        raise FixSettings("there is nothing to send back", fix="Comment on lines, or say in the note what should be different.")
    text = notes_text(note, [remark_of(one) for one in waiting], actor.name)
    prompt = Prompt(id=given, by=actor.name, text=text)
    turn = queue_turn(connection, attempt, task, "notes", prompt, now)
    _review(connection, actor, attempt, "send-back", note, turn.id, now)
    set_state(connection, attempt.id, "queued", now)
    follow(connection, task_id, now)
    audit(connection, actor, "task.send_back", task_id, task.project_id, {"attempt": attempt.id, "remarks": len(waiting)})


def reviewed(connection: Connection, task: Task, attempt_id: str = "") -> Attempt:
    """The attempt that a verdict is about: the one named, else the favoured one. Raises `Conflict` where one is to be chosen."""
    theirs = attempts_of(connection, task.id)
    found = next((one for one in theirs if one.id == attempt_id), None) if attempt_id else favoured(task, theirs)
    if found is None:
        numbers = ", ".join(str(one.number) for one in candidates(theirs) or theirs)
        raise Conflict(f"{task.id} has several attempts: {numbers}", fix="Choose one of them first: `pullwright task choose`.")
    if task.state == "merged":
        raise Conflict(f"{task.id} is merged already")
    return found


def _review(
    connection: Connection, actor: Actor, attempt: Attempt, verdict: ReviewVerdict, note: str, turn: str, now: float
) -> Review:
    made = Review(
        id=new_id("rev"),
        task_id=attempt.task_id,
        attempt_id=attempt.id,
        user_id=actor.user_id,
        verdict=verdict,
        note=note,
        head=attempt.head,
        turn_id=turn,
        created=now,
    )
    add_review(connection, made)
    send_drafts(connection, attempt.id, actor.user_id, made.id)
    return made


def remark_of(made: Comment) -> Remark:
    """A remark as it was given."""
    return Remark(path=made.path, side=made.side, line=made.line, end_line=made.end_line, text=made.text)


async def approve(
    service: Service, actor: Actor, task_id: str, *, method: MergeMethod | None = None, head: str = "", note: str = ""
) -> TaskView:
    """Approve a task's change: it is published where it is not yet, and merged. A change whose base has moved so that it does not
    merge is not merged: a turn that merges the base in is queued, and the task comes back for review.

    `head` is the commit that was looked at: another one by now is a `Conflict`. Raises `Forbidden` for the requester's own task
    where the project says so, and `Refused` with the forge's own reason.
    """
    approved = await service.database.write(_approve, actor, task_id, head, note)
    from pullwright.tasks.publishing.merging import merge_task

    await merge_task(service, task_id, actor=actor, method=method, head=approved)
    service.tell(task_id)
    return await view_task(service, actor, task_id)


def _approve(connection: Connection, actor: Actor, task_id: str, head: str, note: str) -> str:
    task = get_task(connection, task_id)
    actor.require("task.merge", task.project_id)
    attempt = reviewed(connection, task)
    project = get_project(connection, task.project_id)
    if task.user_id == actor.user_id and not project.settings.own_approval:
        raise Forbidden("this project does not let people approve their own tasks", fix="Ask another member to review it.")
    if attempt.state != "review" or not attempt.head:
        raise Conflict(f"the attempt's change does not wait for a review: it is {attempt.state}")
    if head and head != attempt.head:
        raise Conflict(
            f"the change moved on while you looked at it: it is at {attempt.head[:12]} now",
            fix="Look at what is new, then approve.",
        )
    now = time.time()
    change_task(connection, task_id, chosen=attempt.id)
    _review(connection, actor, attempt, "approve", note, "", now)
    audit(connection, actor, "task.approve", task_id, task.project_id, {"head": attempt.head})
    return attempt.head


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict with its remarks; `waiting` are the actor's own that were not sent yet."""

    reviews: tuple[Review, ...]
    sent: tuple[Comment, ...]
    waiting: tuple[Comment, ...]


async def view_reviews(service: Service, actor: Actor, task_id: str) -> ReviewView:
    """All that was said about a task's changes."""
    return await service.database.read(_view, actor, task_id)


def _view(connection: Connection, actor: Actor, task_id: str) -> ReviewView:
    task = get_task(connection, task_id)
    actor.require("task.read", task.project_id)
    every = comments_of(connection, task_id)
    return ReviewView(
        reviews=tuple(reviews_of(connection, task_id)),
        sent=tuple(one for one in every if one.review_id is not None),
        waiting=tuple(one for one in every if one.review_id is None and one.user_id == actor.user_id),
    )
