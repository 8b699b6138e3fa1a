"""Lists of tasks: a line each, with what a list shows, in a handful of queries however many lines."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.protocol.outcomes import NeedsInput, Verdict
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.doing import LONGEST, Doing, doing_of, shortened
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import favoured
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.projects import get_project, project_names
from pullwright.tasks.store.pull_requests import pull_requests_of
from pullwright.tasks.store.records import TaskState
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import TaskFilter, count_tasks, list_tasks
from pullwright.tasks.store.turns import turn_numbers
from pullwright.tasks.store.usage import UsageSum, usage_of_tasks
from pullwright.tasks.store.users import find_user, user_names

MOST = 200
NEEDING: tuple[TaskState, ...] = ("needs_input", "review")
"""States in which a person is waited for. A running task needs one too while it asks something."""


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One task in a list. `unpriced` calls are not in `cost_usd`. `added`, `removed`, `files` and `verdict` are of the chosen
    attempt's change, else of the first that has one. `turn` is the number of the newest turn, `doing` what runs at the moment,
    `asks` what a person is asked, `why` how it ended without a result."""

    id: str
    project: str
    project_id: str
    title: str
    mode: str
    ref: str
    state: TaskState
    user: str
    model: str
    template: str
    created: float
    changed: float
    attempts: int
    turn: int
    steps: int
    cost_usd: float
    unpriced: int
    verdict: Verdict
    files: int
    added: int
    removed: int
    pull_url: str
    pull_state: str
    doing: str
    asks: str
    why: str


class TaskCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks there are in each state (those without one are left out), and how many wait for a person."""

    states: dict[TaskState, int]
    needing: int


class _Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in other tables about the tasks of a page, each by task; names by their own ids."""

    attempts: dict[str, list[Attempt]]
    pulls: dict[str, PullRequest]
    projects: dict[str, str]
    people: dict[str, str]
    turns: dict[str, int]
    doing: dict[str, Doing]
    used: dict[str, UsageSum]


async def list_lines(service: Service, actor: Actor, which: TaskFilter, *, needing: bool = False) -> tuple[TaskLine, ...]:
    """One page of the tasks that this actor may see, newest first. `projects` and `users` are ids or names; `needing`: those
    that wait for a person. Raises `NotFound` for a project or user that is not there."""
    return await service.database.read(_lines, actor, which, needing)


async def count_lines(service: Service, actor: Actor, which: TaskFilter) -> TaskCounts:
    """How many tasks `list_lines` has for this filter, by state."""
    return await service.database.read(_counts, actor, which)


def _lines(connection: Connection, actor: Actor, which: TaskFilter, needing: bool) -> tuple[TaskLine, ...]:
    wanted = _seen(connection, actor, which)
    if needing:
        wanted = _needing(connection, wanted)
    found = list_tasks(connection, msgspec.structs.replace(wanted, limit=min(wanted.limit, MOST)))
    beside = _beside(connection, found)
    return tuple(_line(task, beside) for task in found)


def _counts(connection: Connection, actor: Actor, which: TaskFilter) -> TaskCounts:
    wanted = _seen(connection, actor, which)
    needing = sum(count_tasks(connection, _needing(connection, wanted)).values())
    return TaskCounts(states=count_tasks(connection, wanted), needing=needing)


def _needing(connection: Connection, wanted: TaskFilter) -> TaskFilter:
    """Of those, the ones that wait for a person. What runs is looked at first: a question that its turn ends with meanwhile is
    then found among those that rest."""
    asking = tuple(task for task, doing in doing_of(connection, wanted.projects).items() if doing.asks)
    return msgspec.structs.replace(wanted, states=NEEDING, besides=asking)


def _seen(connection: Connection, actor: Actor, which: TaskFilter) -> TaskFilter:
    """The filter by ids, with no more than the actor may see."""
    wanted = actor.projects()
    if which.projects is not None:
        wanted = tuple(get_project(connection, name).id for name in which.projects)
        for project in wanted:
            actor.require("task.read", project)
    return msgspec.structs.replace(which, projects=wanted, users=tuple(_user(connection, name) for name in which.users))


def _user(connection: Connection, name: str) -> str:
    found = find_user(connection, name)
    if found is None:
        raise NotFound(f"there is no user {name}")
    return found.id


def _beside(connection: Connection, found: list[Task]) -> _Beside:
    ids = [task.id for task in found]
    live = [task.id for task in found if task.state == "running"]
    doing = doing_of(connection, ids=live) if live else {}  # before the attempts: see `_needing`
    attempts: dict[str, list[Attempt]] = {}
    for attempt in attempts_of(connection, *ids):
        attempts.setdefault(attempt.task_id, []).append(attempt)
    return _Beside(
        attempts=attempts,
        pulls={pull.task_id: pull for pull in pull_requests_of(connection, *ids)},
        projects=project_names(connection, {task.project_id for task in found}),
        people=user_names(connection, {task.user_id for task in found}),
        turns=turn_numbers(connection, ids),
        doing=doing,
        used=usage_of_tasks(connection, live) if live else {},
    )


def _line(task: Task, beside: _Beside) -> TaskLine:
    theirs = beside.attempts.get(task.id, [])
    pull, doing, used = beside.pulls.get(task.id), beside.doing.get(task.id, Doing()), beside.used.get(task.id, UsageSum())
    changed = [one for one in theirs if one.outcome is not None and one.outcome.change is not None]
    shown = next((one for one in changed if one.id == task.chosen), changed[0] if changed else None)
    change = shown.outcome.change if shown is not None and shown.outcome is not None else None
    return TaskLine(
        id=task.id,
        project=beside.projects.get(task.project_id, ""),
        project_id=task.project_id,
        title=task.title,
        mode=task.mode,
        ref=task.ref,
        state=task.state,
        user=beside.people.get(task.user_id, ""),
        model=task.model,
        template=task.template,
        created=task.created,
        changed=task.changed,
        attempts=len(theirs),
        turn=beside.turns.get(task.id, 0),
        # What a turn used is added to its attempt when it ends; until then each call's own row tells.
        steps=max(sum(one.spend.steps for one in theirs), used.calls),
        cost_usd=max(sum(one.spend.cost_usd for one in theirs), used.cost_usd),
        unpriced=max(sum(one.spend.unpriced for one in theirs), used.unpriced),
        verdict=shown.verdict if shown is not None else "not-run",
        files=len(change.files) if change else 0,
        added=change.added if change else 0,
        removed=change.removed if change else 0,
        pull_url=pull.url if pull else "",
        pull_state=pull.state if pull else "",
        doing=doing.title,
        asks=doing.asks or _asked(task, theirs),
        why=_why(task, theirs),
    )


def _asked(task: Task, theirs: list[Attempt]) -> str:
    deciding = [one for one in theirs if one.id == task.chosen] or theirs
    asking = [one.outcome.asks for one in deciding if one.state == "needs_input" and isinstance(one.outcome, NeedsInput)]
    return shortened(asking[0]) if asking else ""


def _why(task: Task, theirs: list[Attempt]) -> str:
    if task.state not in ("failed", "over_budget", "cancelled"):
        return ""
    one = favoured(task, theirs) or next((one for one in theirs if one.state == task.state), None)
    return one.outcome.why[:LONGEST] if one is not None and one.outcome is not None else ""
