"""What faces show of tasks: records for the API and the command line, read in one transaction each."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.outcomes import NeedsInput, Outcome, Verdict
from pullwright.protocol.policy import ApprovalMode, Budget, Mode
from pullwright.protocol.usage import Spend
from pullwright.tasks.engine.waiting import why_waiting
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.doing import asked_by, shortened
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import AttemptState, TaskSource, TaskState, TurnKind, TurnState
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.rows.work import Attempt, Task, Turn
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import turns_of
from pullwright.tasks.store.users import find_user


class TurnView(msgspec.Struct, frozen=True, kw_only=True):
    """One turn. `waited` is its time in the queue so far, in seconds; `waiting` says why it is still there."""

    id: str
    number: int
    kind: TurnKind
    prompt: str
    state: TurnState
    queued: float
    started: float | None
    finished: float | None
    waited: float
    waiting: str
    worker: str
    outcome: Outcome | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt with its turns. `asks` is what a person is asked, while it runs or now that it rests; empty: nothing."""

    id: str
    number: int
    session: str
    state: AttemptState
    branch: str
    head: str
    verdict: Verdict
    outcome: Outcome | None
    asks: str
    spend: Spend
    turns: tuple[TurnView, ...]


class PullView(msgspec.Struct, frozen=True, kw_only=True):
    """A task's pull request."""

    number: int
    url: str
    branch: str
    base: str
    head: str
    state: str
    merged: str


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as faces show it. `cost_usd` is of all attempts, without the `unpriced` calls, whose price is unknown."""

    id: str
    project: str
    project_id: str
    title: str
    prompt: str
    mode: Mode
    approval: ApprovalMode
    ref: str
    base: str
    model: str
    template: str
    budget: Budget
    priority: int
    deadline: float | None
    user: str
    source: TaskSource
    state: TaskState
    chosen: str | None
    created: float
    changed: float
    closed: float | None
    cost_usd: float
    unpriced: int
    attempts: tuple[AttemptView, ...]
    pull: PullView | None


async def view_task(service: Service, actor: Actor, task_id: str) -> TaskView:
    """One task. Raises `NotFound` where there is none that this actor may see."""
    return await service.database.read(_view, actor, task_id)


def _view(connection: Connection, actor: Actor, task_id: str) -> TaskView:
    task = get_task(connection, task_id)
    actor.require("task.read", task.project_id)
    return viewed(connection, task)


def viewed(connection: Connection, task: Task) -> TaskView:
    """A task with everything that hangs on it."""
    theirs = attempts_of(connection, task.id)
    return TaskView(
        **{name: getattr(task, name) for name in _SAME},
        project=get_project(connection, task.project_id).name,
        user=user.name if (user := find_user(connection, task.user_id)) is not None else "",
        cost_usd=sum(attempt.spend.cost_usd for attempt in theirs),
        unpriced=sum(attempt.spend.unpriced for attempt in theirs),
        attempts=tuple(_attempt(connection, attempt) for attempt in theirs),
        pull=_pull(find_pull_request(connection, task.id)),
    )


_SAME = (
    "id", "project_id", "title", "prompt", "mode", "approval", "ref", "base", "model", "template", "budget", "priority",
    "deadline", "source", "state", "chosen", "created", "changed", "closed",
)  # fmt: skip


def _attempt(connection: Connection, attempt: Attempt) -> AttemptView:
    return AttemptView(
        id=attempt.id,
        number=attempt.number,
        session=attempt.session,
        state=attempt.state,
        branch=attempt.branch,
        head=attempt.head,
        verdict=attempt.verdict,
        outcome=attempt.outcome,
        asks=_asks(connection, attempt),
        spend=attempt.spend,
        turns=tuple(_turn(connection, turn) for turn in turns_of(connection, attempt.id)),
    )


def _asks(connection: Connection, attempt: Attempt) -> str:
    if attempt.state == "running":
        return asked_by(connection, attempt.session)
    if attempt.state == "needs_input" and isinstance(attempt.outcome, NeedsInput):
        return shortened(attempt.outcome.asks)
    return ""


def _turn(connection: Connection, turn: Turn) -> TurnView:
    begun = turn.started or turn.finished
    return TurnView(
        id=turn.id,
        number=turn.number,
        kind=turn.kind,
        prompt=turn.prompt.text,
        state=turn.state,
        queued=turn.queued,
        started=turn.started,
        finished=turn.finished,
        waited=max(0.0, (begun or time.time()) - turn.queued),
        waiting=why_waiting(connection, turn.id) if turn.state == "queued" else "",
        worker=turn.worker_id,
        outcome=turn.outcome,
    )


def _pull(pull: PullRequest | None) -> PullView | None:
    if pull is None:
        return None
    return PullView(
        number=pull.number,
        url=pull.url,
        branch=pull.branch,
        base=pull.base,
        head=pull.head,
        state=pull.state,
        merged=pull.merged,
    )
