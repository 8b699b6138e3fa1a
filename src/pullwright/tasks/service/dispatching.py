"""Tasks from outside: dispatched, cancelled, tried again, paused, and one of several attempts chosen."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.attempts.workloads.templates import find
from pullwright.log.sql.inbox import add_input
from pullwright.protocol.errors import Conflict, FixSettings, Forbidden
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Interrupt, Prompt
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.queueing import again, open_turn, queue_turn, release, withdraw
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.attempts import add_attempt, attempts_of, get_attempt, lock_attempt, next_attempt
from pullwright.tasks.store.environments import find_environment
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import TaskOrder
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import add_task, change_task, find_task_by_dedup, get_task

MOST_ATTEMPTS = 8
LONGEST_PROMPT = 1 << 20
GO_ON = "Go on from where you were stopped."


async def dispatch(service: Service, actor: Actor, order: TaskOrder, *, shared: bool = False) -> TaskView:
    """A new task with its attempts queued; the task of an earlier order with the same `dedup`, where there is one: of this user's
    orders, or (`shared`) of those that began at a forge, whoever asked.

    Raises `NotFound` for the project, `Forbidden`, and `FixSettings` for what in the order is wrong.
    """
    _check(service, order)
    model = order.model or "deep"
    service.models.choice(model)
    if not (actor.may_call("agent") or actor.may_call(model)):
        raise Forbidden(f"the key may not use {model}", fix=f"Ask for one of {', '.join(actor.models or ())}.")
    dedup = f"{'forge' if shared else actor.user_id}:{order.dedup}" if order.dedup else None
    task_id = await service.database.write(_dispatch, actor, order, model, dedup)
    service.tell(task_id)
    return await view_task(service, actor, task_id)


def _check(service: Service, order: TaskOrder) -> None:
    if not order.prompt.strip() and not order.images:
        raise FixSettings("the task asks for nothing", fix="Say in `prompt` what is to be done.")
    if len(order.prompt) > LONGEST_PROMPT:
        raise FixSettings(
            f"the prompt is longer than {LONGEST_PROMPT} characters", fix="Put long material into a file of the project."
        )
    if not 1 <= order.attempts <= MOST_ATTEMPTS:
        raise FixSettings(f"{order.attempts} attempts cannot be had", fix=f"Ask for 1 to {MOST_ATTEMPTS}.")
    if order.deadline is not None and order.deadline <= 0:
        raise FixSettings("the deadline has passed already", fix="`deadline` is in seconds from now.")
    if order.template:
        find(order.template)


def _dispatch(connection: Connection, actor: Actor, order: TaskOrder, model: str, dedup: str | None) -> str:
    project = get_project(connection, order.project)
    actor.require("task.dispatch", project.id, f"project {order.project}")
    if project.archived is not None:
        raise Conflict(f"{project.name} is archived", fix="Ask its administrator to take it out of the archive.")
    if dedup and (known := find_task_by_dedup(connection, dedup)) is not None:
        return known.id
    now = time.time()
    environment = _environment(connection, project, order.environment)
    task = Task(
        id=new_id("task"),
        project_id=project.id,
        environment_id=environment.id if environment else None,
        title=order.title or title_of(order.prompt),
        prompt=order.prompt,
        images=order.images,
        mode=order.mode,
        approval=order.approval,
        ref=order.ref or project.default_branch,
        model=model,
        attempts=order.attempts,
        template=order.template,
        budget=order.budget,
        priority=order.priority,
        deadline=now + order.deadline if order.deadline is not None else None,
        user_id=actor.user_id,
        source=order.source,
        key_id=actor.key_id,
        dedup=dedup,
        state="queued",
        created=now,
        changed=now,
    )
    if not add_task(connection, task):  # the same order came twice at the same time
        known = find_task_by_dedup(connection, dedup or "")
        assert known is not None
        return known.id
    for number in range(1, order.attempts + 1):
        begin_attempt(connection, task, number, now)
    audit(connection, actor, "task.dispatch", task.id, project.id, {"attempts": order.attempts, "model": model})
    return task.id


def begin_attempt(connection: Connection, task: Task, number: int, now: float) -> Attempt:
    """One more attempt at a task, its first turn at the end of the queue."""
    attempt = Attempt(
        id=new_id("att"), task_id=task.id, number=number, session=new_id("ses"), state="queued", created=now, changed=now
    )
    add_attempt(connection, attempt)
    prompt = Prompt(id=new_id("inp"), text=task.prompt, images=task.images)
    deadline = task.deadline if task.deadline is None or task.deadline > now else None
    queue_turn(connection, attempt, task, "prompt", prompt, now, deadline=deadline)
    return attempt


def _environment(connection: Connection, project: Project, name: str) -> Environment | None:
    found = find_environment(connection, project.id, name or "default")
    if found is None and name:
        raise FixSettings(f"{project.name} has no environment {name!r}", fix="See the project's environments, or leave it out.")
    return found


def title_of(prompt: str) -> str:
    """The prompt's first line, at most 100 characters."""
    first = next((line.strip() for line in prompt.splitlines() if line.strip()), "Task")
    return first if len(first) <= 100 else first[:99].rstrip() + "…"


# --- a task on its way ----------------------------------------------------------------------------


async def cancel(service: Service, actor: Actor, task_id: str, reason: str = "") -> TaskView:
    """Stop a task: what waits never begins, what runs is interrupted within a second, its work kept. Twice is once.

    A change that waits for a review is given up, and its pull request closed; trying again takes it up.
    """
    sessions = await service.database.write(_stop, actor, task_id, False, reason or f"cancelled by {actor.name}")
    _ring(service, sessions)
    if not sessions:
        from pullwright.tasks.publishing.closing import close_pull_request

        await close_pull_request(service, task_id)
    return await _rung(service, actor, task_id)


async def pause(service: Service, actor: Actor, task_id: str) -> TaskView:
    """Hold a task: what waits is not begun, what runs is interrupted, its work kept, until `resume`."""
    _ring(service, await service.database.write(_stop, actor, task_id, True, f"paused by {actor.name}"))
    return await _rung(service, actor, task_id)


def _stop(connection: Connection, actor: Actor, task_id: str, hold: bool, reason: str) -> list[str]:
    """Take back what waits, interrupt what runs: the sessions of that."""
    now = time.time()
    task = get_task(connection, task_id)
    actor.require("task.steer", task.project_id)
    sessions: list[str] = []
    for attempt in _locked(connection, task_id):
        turn = open_turn(connection, attempt.id)
        if turn is not None and not withdraw(connection, turn, hold=hold, why=f"cancelled by {actor.name}"):
            interrupt = Interrupt(id=new_id("inp"), by=actor.name, reason=reason)
            add_input(connection, attempt.session, interrupt, actor.user_id)
            sessions.append(attempt.session)
            if hold or attempt.state == "paused":  # a cancel after a pause: what ends now ends as cancelled
                set_state(connection, attempt.id, "paused" if hold else "running", now)
        elif turn is not None or (not hold and attempt.state in ("needs_input", "paused", "review")):
            set_state(connection, attempt.id, "paused" if hold else "cancelled", now)
    follow(connection, task_id, now)
    audit(connection, actor, "task.pause" if hold else "task.cancel", task_id, task.project_id, {})
    return sessions


def _locked(connection: Connection, task_id: str) -> list[Attempt]:
    """The task's attempts as they are now, held: of two who ask at once, the second sees what the first has done."""
    return [lock_attempt(connection, attempt.id) for attempt in attempts_of(connection, task_id)]


def _ring(service: Service, sessions: list[str]) -> None:
    for session in sessions:
        service.bells.ring(f"inbox:{session}")


async def resume(service: Service, actor: Actor, task_id: str) -> TaskView:
    """Let a paused task go on."""
    await service.database.write(_resume, actor, task_id)
    return await _rung(service, actor, task_id)


def _resume(connection: Connection, actor: Actor, task_id: str) -> None:
    now = time.time()
    task = get_task(connection, task_id)
    actor.require("task.steer", task.project_id)
    for attempt in _locked(connection, task_id):
        if attempt.state != "paused":
            continue
        turn = open_turn(connection, attempt.id)
        if turn is None:
            queue_turn(connection, attempt, task, "retry", again(connection, attempt.id, GO_ON), now)
        elif not release(connection, turn):
            raise Conflict("the attempt is still being stopped", fix="Try again in a moment.")
        set_state(connection, attempt.id, "queued", now)
    follow(connection, task_id, now)
    audit(connection, actor, "task.resume", task_id, task.project_id, {})


async def retry(service: Service, actor: Actor, task_id: str, *, fresh: bool = False) -> TaskView:
    """Try again what failed, was cancelled or ran out of budget: each such attempt goes on in its own session, or (`fresh`) one
    new attempt begins from the base. Raises `Conflict` when there is nothing to try again."""
    await service.database.write(_retry, actor, task_id, fresh)
    return await _rung(service, actor, task_id)


def _retry(connection: Connection, actor: Actor, task_id: str, fresh: bool) -> None:
    now = time.time()
    task = get_task(connection, task_id)
    actor.require("task.steer", task.project_id)
    if task.state == "merged":
        raise Conflict(f"{task_id} is merged already", fix="Dispatch a new task.")
    theirs = _locked(connection, task_id)
    ended = [attempt for attempt in theirs if attempt.state in ("failed", "cancelled", "over_budget")]
    if fresh:
        begin_attempt(connection, task, next_attempt(connection, task_id), now)
    elif not ended:
        raise Conflict(
            f"nothing of {task_id} failed or was stopped", fix="Send a note to go on with it, or ask for a fresh attempt."
        )
    for attempt in [] if fresh else ended:
        why = attempt.outcome.why if attempt.outcome is not None else ""
        go_on = f"\n\nGo on with this from where you were. The last turn ended without a result: {why}" if why else ""
        text = f"{task.prompt}{go_on}"
        queue_turn(connection, attempt, task, "retry", again(connection, attempt.id, text), now)
        set_state(connection, attempt.id, "queued", now)
    change_task(connection, task_id, chosen=None if fresh else task.chosen)
    follow(connection, task_id, now)
    audit(connection, actor, "task.retry", task_id, task.project_id, {"fresh": fresh})


async def choose(service: Service, actor: Actor, task_id: str, attempt_id: str) -> TaskView:
    """Choose one of a task's attempts: its change is what is published, reviewed and merged. Raises `Conflict` without one."""
    await service.database.write(_choose, actor, task_id, attempt_id)
    from pullwright.tasks.publishing.publish import publish_task

    await publish_task(service, task_id)
    return await _rung(service, actor, task_id)


def _choose(connection: Connection, actor: Actor, task_id: str, attempt_id: str) -> None:
    task = get_task(connection, task_id)
    actor.require("task.review", task.project_id)
    attempt = get_attempt(connection, attempt_id)
    if attempt.task_id != task_id or not attempt.head:
        raise Conflict("that attempt has no change to choose", fix="Choose an attempt of this task whose state is `review`.")
    if task.state == "merged":
        raise Conflict("the task is merged already")
    change_task(connection, task_id, chosen=attempt_id)
    follow(connection, task_id, time.time())
    audit(connection, actor, "task.choose", task_id, task.project_id, {"attempt": attempt_id})


async def _rung(service: Service, actor: Actor, task_id: str) -> TaskView:
    service.tell(task_id)
    return await view_task(service, actor, task_id)
