"""What comes of a forge's event.

    IssueAssigned · IssueLabelled       a task that solves the issue
    Mentioned                           on a task's own pull request: notes for its next turn; elsewhere a task, or an answer
    ReviewSubmitted (changes wanted)    the review's remarks, as notes
    CheckFailed                         on a task's own pull request: a turn that mends it, at most `MOST_MENDED` times
    PullMerged · PullClosed             noted

Each is done once, however often it is told: a task by its `dedup`, notes by their input's id.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from pullwright.forges.events import (
    CheckFailed,
    ForgeEvent,
    IssueAssigned,
    IssueLabelled,
    Mentioned,
    PullClosed,
    PullMerged,
    Pushed,
    ReviewSubmitted,
)
from pullwright.forges.forge import Forge
from pullwright.forges.records import Comment, On
from pullwright.protocol.errors import Conflict
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.publishing.recording import merged
from pullwright.tasks.responses.agent.ending import follow_responses
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.notes import Remark, notes_text
from pullwright.tasks.service.reviewing import send_back
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.pull_requests import (
    change_pull_request,
    find_pull_request_by_branch,
    find_pull_request_by_number,
)
from pullwright.tasks.store.records import TaskOrder, TaskSource
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.turns import turns_of
from pullwright.tasks.triggers.askers import acting_for, may_ask
from pullwright.tasks.triggers.prompts import checks_prompt, command_of, issue_prompt, mention_prompt, mode_of, quoted

MOST_MENDED = 3
EVERY = ("issue", "mention", "review", "checks")
"""What a project may listen to (`ProjectSettings.triggers`)."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event happened: the project, its forge, and the delivery's digest, which names what comes of it."""

    service: Service
    project: Project
    forge: Forge
    digest: str


async def act(scene: Scene, event: ForgeEvent) -> str:
    """Do what comes of an event; a word on what that was. Empty: it is of no concern here."""
    listens = scene.project.settings.triggers
    match event:
        case PullMerged():
            return await _noted(scene, event)
        case PullClosed():
            return await _noted(scene, event)
        case IssueAssigned() | IssueLabelled() if "issue" in listens and event.on == "issue":
            return await _issue(scene, event)
        case Mentioned() if "mention" in listens:
            return await _mentioned(scene, event)
        case ReviewSubmitted(verdict="changes_requested") if "review" in listens:
            return await _reviewed(scene, event)
        case CheckFailed() if "checks" in listens:
            return await _failed(scene, event)
        case IssueAssigned() | IssueLabelled() | Mentioned() | ReviewSubmitted() | CheckFailed() | Pushed():
            return ""


async def _actor(scene: Scene, login: str) -> Actor | None:
    if not await may_ask(scene.forge, scene.project, login):
        return None
    return await scene.service.database.read(acting_for, scene.project, login)


async def _issue(scene: Scene, event: IssueAssigned | IssueLabelled) -> str:
    settings = scene.project.settings
    if isinstance(event, IssueLabelled) and settings.label.lower() not in [label.lower() for label in event.labels]:
        return ""
    if isinstance(event, IssueAssigned):
        bot = settings.bot or await scene.forge.login()
        if bot.lower() not in [one.lower() for one in event.assignees]:
            return ""
    actor = await _actor(scene, event.actor)
    if actor is None:
        return f"{event.actor} may not ask"
    slug = scene.project.slug
    issue = await scene.forge.issue(slug, event.n)
    said = await _heard(scene, await scene.forge.comments(slug, event.n, on="issue"))
    source = TaskSource(kind="trigger", trigger="issue", issue=event.n, actor=event.actor, url=issue.url)
    order = TaskOrder(
        project=scene.project.id,
        prompt=issue_prompt(issue, said),
        title=issue.title[:200],
        source=source,
        dedup=f"issue:{scene.project.id}:{event.n}",
    )
    return await _dispatched(scene, actor, order, n=event.n, on="issue")


async def _heard(scene: Scene, comments: Sequence[Comment]) -> list[Comment]:
    """The comments of people who may write; others' are never shown to the agent."""
    heard: list[Comment] = []
    known: dict[str, bool] = {}
    for comment in comments:
        if comment.author not in known:
            known[comment.author] = await may_ask(scene.forge, scene.project, comment.author)
        if known[comment.author]:
            heard.append(comment)
    return heard


async def _dispatched(scene: Scene, actor: Actor, order: TaskOrder, *, n: int, on: On, comment: int = 0) -> str:
    """A new task; whoever asked sees at once that it was heard."""
    await scene.forge.react(scene.project.slug, n, comment=comment, on=on)
    return f"dispatched {(await dispatch(scene.service, actor, order, shared=True)).id}"


async def _mentioned(scene: Scene, event: Mentioned) -> str:
    asks = event.asks(scene.project.settings.mention)
    if asks is None or event.review:
        return ""
    actor = await _actor(scene, event.actor)
    if actor is None:
        return f"{event.actor} may not ask"
    place = f"{event.path}:{event.line}" if event.path else ""
    own = await _own(scene, event.n) if event.on == "pull" else None
    command = command_of(asks)
    if own is not None and mode_of(command) == "code":
        await scene.forge.react(scene.project.slug, event.n, comment=event.comment, on=event.on)
        remark = [Remark(text=quoted(asks), path=event.path, line=event.line)] if event.path else []
        return await _sent_back(scene, actor, own, notes_text("" if remark else quoted(asks), remark, event.actor))
    subject = await scene.forge.issue(scene.project.slug, event.n)
    ref = ""
    if event.on == "pull":
        pull = await scene.forge.pull(scene.project.slug, event.n)
        ref = pull.head_branch if pull.same_repo else ""
        subject = msgspec.structs.replace(subject, title=pull.title, body=pull.body, is_pull=True)
    kinds = {"pull": event.n} if event.on == "pull" else {"issue": event.n}
    source = TaskSource(kind="trigger", trigger="mention", comment=event.comment, actor=event.actor, url=event.url, **kinds)
    order = TaskOrder(
        project=scene.project.id,
        prompt=mention_prompt(command, asks, subject, place=place),
        title=f"{command or 'asked'}: {subject.title}"[:200],
        mode=mode_of(command),
        ref=ref,
        source=source,
        dedup=f"mention:{scene.project.id}:{event.n}:{event.comment or scene.digest[:16]}",
    )
    return await _dispatched(scene, actor, order, n=event.n, on=event.on, comment=event.comment)


async def _own(scene: Scene, n: int) -> PullRequest | None:
    """The task's pull request of this number."""
    return await scene.service.database.read(find_pull_request_by_number, scene.project.id, n)


async def _reviewed(scene: Scene, event: ReviewSubmitted) -> str:
    own = await _own(scene, event.n)
    if own is None:
        return ""
    actor = await _actor(scene, event.actor)
    if actor is None:
        return f"{event.actor} may not ask"
    theirs = [one for one in await scene.forge.line_comments(scene.project.slug, event.n) if one.author == event.actor]
    # Gitea does not say which review it is: then it is their latest.
    review = event.review or max((one.review for one in theirs), default=0)
    remarks = [Remark(text=quoted(one.body), path=one.path, line=one.line) for one in theirs if one.review == review]
    note = quoted(event.body) if event.body.strip() else ""
    if not note and not remarks:
        return "the review says nothing"
    return await _sent_back(scene, actor, own, notes_text(note, remarks, event.actor))


async def _sent_back(scene: Scene, actor: Actor, own: PullRequest, text: str) -> str:
    """Notes for the next turn of the task's attempt; while it is at work they wait for the delivery to be tried again."""
    await send_back(scene.service, actor, own.task_id, text, attempt=own.attempt_id, id=f"inp_{scene.digest[:32]}")
    return f"sent back {own.task_id}"


async def _failed(scene: Scene, event: CheckFailed) -> str:
    own = await scene.service.database.read(_of_check, scene.project.id, event)
    if own is None or own.head != event.head:
        return ""
    mended = await scene.service.database.read(_mended, own.attempt_id)
    if len(mended) >= MOST_MENDED:
        return f"mended {MOST_MENDED} times already"
    given = f"inp_check_{event.head[:24]}"
    if given in mended:
        return "known"
    failed = await scene.forge.failed_checks(scene.project.slug, event.head)
    if not failed:
        return ""
    actor = await scene.service.database.read(_asker_of, own.task_id)
    if actor is None:
        return "the task's user is gone"
    try:
        await send_back(scene.service, actor, own.task_id, checks_prompt(failed), attempt=own.attempt_id, id=given)
    except Conflict:
        return "its attempt is at work: what it pushes is checked again"
    return f"sent back {own.task_id}"


def _of_check(connection: Connection, project_id: str, event: CheckFailed) -> PullRequest | None:
    for number in event.pulls:
        if (found := find_pull_request_by_number(connection, project_id, number)) is not None:
            return found
    return find_pull_request_by_branch(connection, project_id, event.branch) if event.branch else None


def _mended(connection: Connection, attempt_id: str) -> list[str]:
    """The inputs of turns that mended failed checks."""
    return [turn.prompt.id for turn in turns_of(connection, attempt_id) if turn.prompt.id.startswith("inp_check_")]


def _asker_of(connection: Connection, task_id: str) -> Actor | None:
    """Whoever the task is for."""
    from pullwright.tasks.people.sign_ins import person
    from pullwright.tasks.store.tasks import get_task
    from pullwright.tasks.store.users import find_user

    user = find_user(connection, get_task(connection, task_id).user_id)
    return None if user is None or user.disabled else person(connection, user)


async def _noted(scene: Scene, event: PullMerged | PullClosed) -> str:
    return await scene.service.database.write(_note, scene.project.id, event)


def _note(connection: Connection, project_id: str, event: PullMerged | PullClosed) -> str:
    """A task's pull request was merged or closed by somebody at the forge."""
    own = find_pull_request_by_number(connection, project_id, event.n)
    if own is None or own.state in ("merged", "closed"):
        return ""
    if isinstance(event, PullMerged):
        merged(connection, own.task_id, event.merged)
        return f"merged {own.task_id}"
    change_pull_request(connection, own.task_id, time.time(), state="closed")
    follow_responses(connection, own.task_id)
    return f"closed {own.task_id}"
