"""Rows of work: what was asked for, the tries at it, and who has them in hand."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Outcome, Verdict
from pullwright.protocol.policy import ApprovalMode, Budget, Mode
from pullwright.protocol.usage import Spend
from pullwright.tasks.store.records import AttemptState, TaskOrder, TaskSource, TaskState, TurnKind, TurnState

WorkerState = Literal["live", "draining", "gone"]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for. `ref` is the base as asked for, `base` its commit once known, the same for all attempts;
    `chosen` is the attempt that a person chose; `dedup` an idempotency key with its user; `key_id` the API key that it was
    dispatched with, which its calls are charged to as well."""

    id: str
    project_id: str
    environment_id: str | None = None
    title: str
    prompt: str
    images: tuple[str, ...] = ()
    mode: Mode = "code"
    approval: ApprovalMode = "full-auto"
    ref: str
    base: str = ""
    model: str
    attempts: int = 1
    template: str = ""
    budget: Budget = Budget()
    priority: int = 0
    deadline: float | None = None
    user_id: str
    source: TaskSource = TaskSource()
    key_id: str = ""
    dedup: str | None = None
    state: TaskState = "queued"
    chosen: str | None = None
    created: float = 0.0
    changed: float = 0.0
    closed: float | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at a task: `session` is its log's, `spend` that of all its turns, `outcome` the last one's. `base` is a commit of
    its own, once the branch that it started from has moved (empty: the task's)."""

    id: str
    task_id: str
    number: int
    session: str
    state: AttemptState = "queued"
    base: str = ""
    branch: str = ""
    head: str = ""
    verdict: Verdict = "not-run"
    outcome: Outcome | None = None
    spend: Spend = Spend()
    created: float = 0.0
    changed: float = 0.0


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of an attempt, and its workflow's id. `generation` is the log's of the worker that has it, `tries` counts the
    workers that began it."""

    id: str
    attempt_id: str
    task_id: str
    project_id: str
    user_id: str
    number: int = 0
    kind: TurnKind = "prompt"
    prompt: Prompt
    state: TurnState = "queued"
    priority: int = 0
    deadline: float | None = None
    worker_id: str = ""
    generation: int = 0
    tries: int = 0
    queued: float = 0.0
    admitted: float | None = None
    started: float | None = None
    finished: float | None = None
    outcome: Outcome | None = None


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A process that runs turns; its id is new with each process."""

    id: str
    host: str
    pid: int
    slots: int
    state: WorkerState = "live"
    started: float = 0.0
    heartbeat: float = 0.0


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is dispatched by the clock: `next` is when."""

    id: str
    project_id: str
    name: str
    cron: str
    order: TaskOrder
    user_id: str
    next: float
    last: float | None = None
    enabled: bool = True
