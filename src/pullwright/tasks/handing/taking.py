"""A parcel becomes a task with one attempt; or, where the attempt that it came from is still here, what was added to it since.

What happened before was not run by this service: the log says so, and no verdict of before counts. With a prompt (or where the
last turn was cut off) the attempt's next turn is queued, else its change waits for a review.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.lines import line_of
from pullwright.log.replay import SessionState
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.errors import Conflict, FixRepository
from pullwright.protocol.events import Noticed
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import NeedsInput, Succeeded
from pullwright.tasks.handing.checking import check_objects
from pullwright.tasks.handing.parcel import Parcel, read, take_apart
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.publishing.origin import clone_of, origin
from pullwright.tasks.publishing.publish import publish_task
from pullwright.tasks.service.dispatching import GO_ON, title_of
from pullwright.tasks.service.queueing import open_turn, queue_turn
from pullwright.tasks.service.service import Service, artifacts_at
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import add_attempt, lock_attempt
from pullwright.tasks.store.environments import find_environment
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import TaskSource
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tables import attempts
from pullwright.tasks.store.tasks import add_task, get_task
from pullwright.tasks.work.settling import state_after
from pullwright.workspace.git import make_git_dir

HANDED = (
    "This session was handed over from a terminal: what happened before was not run by this service, and none of it is proof."
)


async def take_in(service: Service, actor: Actor, project: str, source: Path) -> TaskView:
    """Take in the parcel in the file `source`. Raises `FixSettings` for what is none, `FixRepository` where the project lacks the
    commit that it stands on, `Conflict` where the attempt is here and has gone another way."""
    found = await service.database.read(_project, actor, project)
    service.config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="handing-", dir=service.config.data) as scratch:
        parcel = await asyncio.to_thread(_opened, source, Path(scratch))
        service.models.choice(parcel.manifest.model or "deep")
        await _see_base(service, found, parcel.manifest.base)
        await service.database.read(_see_rest, actor, found.id, parcel.manifest.session)
        await _keep(service, parcel)
        state = SessionState.of(parcel.events, FolderArtifacts(parcel.artifacts))
        task = await service.database.write(_rows, actor, found, parcel, state)
    await publish_task(service, task)
    service.tell(task)
    return await view_task(service, actor, task)


def _opened(source: Path, scratch: Path) -> Parcel:
    parcel = read(source, scratch / "parcel")
    make_git_dir(scratch / "git")
    check_objects(parcel.files, scratch / "git")
    return parcel


def _project(connection: Connection, actor: Actor, name: str) -> Project:
    project = get_project(connection, name)
    actor.require("task.dispatch", project.id, f"project {name}")
    if project.archived is not None:
        raise Conflict(f"{project.name} is archived", fix="Ask its administrator to take it out of the archive.")
    return project


async def _see_base(service: Service, project: Project, base: str) -> None:
    """The clone has the commit, perhaps after a fetch."""
    clone = clone_of(service, project.id)
    if await clone.has(base):
        return
    source = await origin(service, project)
    await clone.fetch(source.url, await source.credential(), local=source.is_local)
    if not await clone.has(base):
        raise FixRepository(
            f"{project.name} does not have the commit {base[:12]} that the session stands on",
            fix="Push your branch first: git push",
        )


def _see_rest(connection: Connection, actor: Actor, project_id: str, session: str) -> None:
    """An attempt of that session, where there is one, is of this project and rests."""
    known = _known(connection, session)
    if known is None:
        return
    task = get_task(connection, known.task_id)
    actor.require("task.steer", task.project_id)
    if task.project_id != project_id:
        raise Conflict("the session is an attempt of another project")
    if known.state == "merged" or open_turn(connection, known.id) is not None:
        raise Conflict(f"the session is at work here, as {task.id}", fix=f"See: pullwright task show {task.id}")


def _known(connection: Connection, session: str) -> Attempt | None:
    row = connection.execute(select(attempts.c.id).where(attempts.c.session == session)).scalar_one_or_none()
    return lock_attempt(connection, row) if row else None


async def _keep(service: Service, parcel: Parcel) -> None:
    """Blobs first, then the log: what an event names is there when it is. Raises `Conflict` for a log that went another way."""
    session = parcel.manifest.session
    artifacts = BlobArtifacts(service.blobs, artifacts_at(session), parcel.folder / "local")
    log = await SqlLog.open(service.database, session, artifacts, service.bells)
    have, given = [line_of(event) for event in log.read()], [line_of(event) for event in parcel.events]
    is_here = have[: len(given)] == given  # an earlier try came so far, and the notice is the last event
    if given[: len(have)] != have and not (is_here and len(have) == len(given) + 1):
        raise Conflict("the attempt has gone on here since the session was taken", fix="Pull it first: pullwright task pull")
    prefix = f"sessions/{session}/"
    await asyncio.to_thread(take_apart, parcel, lambda name, path: service.blobs.put_file(prefix + name, path))
    if len(have) > len(given) or (have and is_here):
        return
    generation = await log.claim()
    notice = Noticed(level="info", text=HANDED, time=round(time.time(), 6), seq=len(given) + 1)
    await log.append([*parcel.events[len(have) :], notice], expected_seq=len(have), generation=generation)


def _rows(connection: Connection, actor: Actor, project: Project, parcel: Parcel, state: SessionState) -> str:
    """The task, its attempt, and the turn that goes on; the task's id."""
    now = time.time()
    _see_rest(connection, actor, project.id, parcel.manifest.session)  # since the parcel was looked at, much may have happened
    attempt = _known(connection, parcel.manifest.session)
    task = get_task(connection, attempt.task_id) if attempt else _task(connection, actor, project, parcel, state, now)
    if attempt is None:
        attempt = Attempt(
            id=new_id("att"), task_id=task.id, number=1, session=parcel.manifest.session, base=parcel.manifest.base, created=now
        )
        add_attempt(connection, attempt)
    outcome = msgspec.structs.replace(state.outcome, verdict="not-run") if state.outcome else None
    change = state.change
    made = {"branch": change.branch, "head": change.head, "verdict": "not-run"} if change else {}
    rests = state_after(outcome, "queued") if outcome else "cancelled"
    if rests == "answered" and change:
        rests = "review"
    set_state(connection, attempt.id, rests, now, outcome=outcome, spend=state.spend, **made)
    text = parcel.manifest.prompt or ("" if isinstance(outcome, Succeeded | NeedsInput) else GO_ON)
    if text:
        prompt = Prompt(id=new_id("inp"), by=actor.name, text=text)
        queue_turn(connection, attempt, task, "prompt", prompt, now)
        set_state(connection, attempt.id, "queued", now)
    follow(connection, task.id, now)
    audit(connection, actor, "task.push", task.id, project.id, {"session": parcel.manifest.session})
    return task.id


def _task(connection: Connection, actor: Actor, project: Project, parcel: Parcel, state: SessionState, now: float) -> Task:
    """A task for a session that is new here."""
    asked = [one.text for one in state.inputs.values() if isinstance(one, Prompt) and one.text.strip()]
    prompt = next(iter(asked), "") or parcel.manifest.prompt or "Go on with a session."
    environment = find_environment(connection, project.id, "default")
    task = Task(
        id=new_id("task"),
        project_id=project.id,
        environment_id=environment.id if environment else None,
        title=parcel.manifest.title or title_of(prompt),
        prompt=prompt,
        mode=state.turn.mode if state.turn else "code",
        approval=state.turn.approval if state.turn else "full-auto",
        ref=parcel.manifest.ref or project.default_branch,
        base=parcel.manifest.base,
        model=parcel.manifest.model or "deep",
        user_id=actor.user_id,
        source=TaskSource(kind="cli"),
        created=now,
        changed=now,
    )
    add_task(connection, task)
    return task
