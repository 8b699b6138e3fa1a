"""Tasks: dispatched, listed, followed, stopped, tried again."""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from fastapi import Header, Query
from starlette.responses import Response

from pullwright.attempts.workloads.templates import TEMPLATES
from pullwright.protocol.errors import FixSettings, PullwrightError
from pullwright.server.problems import Problem, problem_of
from pullwright.server.routing import Call, Routes
from pullwright.server.squeezed import squeezed
from pullwright.server.streams.changes import changes, same_sight, task_frames
from pullwright.server.streams.response import EventStream, seated
from pullwright.tasks.service import dispatching
from pullwright.tasks.service.listing import TaskCounts, TaskLine, count_lines, list_lines
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.records import TaskOrder, TaskSource, TaskState
from pullwright.tasks.store.tasks import TaskFilter

ROUTES = Routes("Tasks")
EVENTS = {"text/event-stream": {"type": "string"}}
EXAMPLE = TaskOrder(project="tally", prompt="The discount for ten pieces is missing", attempts=2)
MOST_ORDERS = 100

Key = Annotated[str, Header(alias="Idempotency-Key", max_length=100, description="The same one again does it once.")]
ProjectName = Annotated[str, Query(max_length=200, description="An id or a name; empty: all that one may see.")]
UserName = Annotated[str, Query(max_length=200, description="Who asked, an id or a name; `me`: oneself; empty: anybody.")]
Words = Annotated[str, Query(max_length=200, description="Looked for in title and prompt.")]


class Orders(msgspec.Struct, frozen=True):
    """Several tasks at once."""

    orders: Annotated[tuple[TaskOrder, ...], msgspec.Meta(min_length=1, max_length=MOST_ORDERS)]


class Dispatched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one of several orders: a task, or why not."""

    task: TaskView | None = None
    problem: Problem | None = None


class TaskPage(msgspec.Struct, frozen=True):
    """One page of tasks, newest first. `next` goes into `before` for the page after; empty: this is the last."""

    tasks: tuple[TaskLine, ...]
    next: str


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work, and in one line what is special about it."""

    name: str
    summary: str


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in a person's words."""

    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Retry(msgspec.Struct, frozen=True):
    """`fresh`: one new attempt from the base, in place of going on with what failed."""

    fresh: bool = False


class Choice(msgspec.Struct, frozen=True):
    """The attempt that is chosen."""

    attempt: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


@ROUTES.post("/api/v1/tasks", status=201, example=EXAMPLE)
async def dispatch(call: Call, body: TaskOrder, key: Key = "") -> TaskView:
    """Dispatch a task. With the same `Idempotency-Key` (or `dedup`) as before it is the same task."""
    return await dispatching.dispatch(call.service, call.actor, _order(body, key))


@ROUTES.post("/api/v1/tasks/batch", status=201, example=Orders((EXAMPLE,)))
async def dispatch_many(call: Call, body: Orders, key: Key = "") -> list[Dispatched]:
    """Dispatch several tasks. Each is taken or refused by itself; the answers are in the orders' order."""
    done: list[Dispatched] = []
    for number, order in enumerate(body.orders):
        one = _order(order, f"{key}#{number}" if key else "")
        try:
            done.append(Dispatched(task=await dispatching.dispatch(call.service, call.actor, one)))
        except PullwrightError as error:
            done.append(Dispatched(problem=problem_of(error, call.request.state.request)))
    return done


def _order(order: TaskOrder, key: str) -> TaskOrder:
    """The order as it counts from outside: nobody can say that a forge or the clock asked for it."""
    kind = order.source.kind if order.source.kind in ("api", "cli", "web") else "api"
    return msgspec.structs.replace(order, dedup=key or order.dedup, source=TaskSource(kind=kind))


@ROUTES.get("/api/v1/tasks", answers=TaskPage)
async def tasks(
    call: Call,
    project: ProjectName = "",
    user: UserName = "",
    state: Annotated[list[str], Query(description="One or several states.")] = [],  # noqa: B006 - FastAPI's own way
    needing: Annotated[bool, Query(description="Those that wait for a person: reviews and questions.")] = False,
    words: Words = "",
    id: Annotated[list[str] | None, Query(max_length=200, description="Of these alone.")] = None,  # noqa: A002 - the word
    before: Annotated[str, Query(max_length=64, description="The `next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """List tasks, newest first: filtered, searched, page by page."""
    if unknown := sorted(set(state) - set(get_args(TaskState))):
        raise FixSettings(f"there is no state {', '.join(unknown)}", fix=f"There are {', '.join(get_args(TaskState))}.")
    states: tuple[TaskState, ...] = tuple(one for one in get_args(TaskState) if one in state)
    which = msgspec.structs.replace(
        _which(call, project, user, words), states=states, ids=None if id is None else tuple(id), before=before, limit=limit
    )
    found = await list_lines(call.service, call.actor, which, needing=needing)
    return await squeezed(call.request, TaskPage(found, found[-1].id if len(found) == limit else ""))


@ROUTES.get("/api/v1/tasks/counts")
async def tasks_counts(call: Call, project: ProjectName = "", user: UserName = "", words: Words = "") -> TaskCounts:
    """How many tasks there are in each state, and how many wait for a person."""
    return await count_lines(call.service, call.actor, _which(call, project, user, words))


def _which(call: Call, project: str, user: str, words: str) -> TaskFilter:
    users = (call.actor.user_id if user == "me" else user,) if user else ()
    return TaskFilter(projects=(project,) if project else None, users=users, words=words)


@ROUTES.get("/api/v1/templates")
async def templates(call: Call) -> list[TemplateView]:
    """The kinds of work that have instructions and checks of their own: what `template` of an order may name."""
    call.actor.require("server.read")
    return [TemplateView(name=one.name, summary=one.summary) for one in TEMPLATES.values()]


@ROUTES.get("/api/v1/tasks/stream", gives=EVENTS)
async def tasks_stream(
    call: Call, after: Annotated[str, Header(alias="Last-Event-ID", max_length=64, description="Where to resume.")] = ""
) -> Response:
    """Which tasks change, as they do: server-sent events for lists. Resumable with `Last-Event-ID`."""
    return EventStream(seated(call, changes(call, after), same_sight(call.actor)))


@ROUTES.get("/api/v1/tasks/{task}")
async def task(call: Call, task: str) -> TaskView:
    """One task with its attempts, turns and pull request."""
    return await view_task(call.service, call.actor, task)


@ROUTES.get("/api/v1/tasks/{task}/stream", gives=EVENTS)
async def task_stream(call: Call, task: str) -> Response:
    """The task as it stands, again whenever it changes, as server-sent events."""
    await view_task(call.service, call.actor, task)
    return EventStream(seated(call, task_frames(call, task), same_sight(call.actor)))


@ROUTES.post("/api/v1/tasks/{task}/cancel")
async def cancel(call: Call, task: str, body: Reason) -> TaskView:
    """Stop the task: what waits never begins, what runs is interrupted, its work is kept."""
    return await dispatching.cancel(call.service, call.actor, task, body.reason)


@ROUTES.post("/api/v1/tasks/{task}/pause")
async def pause(call: Call, task: str) -> TaskView:
    """Hold the task: nothing of it begins, what runs stops where it can go on."""
    return await dispatching.pause(call.service, call.actor, task)


@ROUTES.post("/api/v1/tasks/{task}/resume")
async def resume(call: Call, task: str) -> TaskView:
    """Let a paused task go on."""
    return await dispatching.resume(call.service, call.actor, task)


@ROUTES.post("/api/v1/tasks/{task}/retry")
async def retry(call: Call, task: str, body: Retry) -> TaskView:
    """Try again what failed, was stopped or ran out of budget."""
    return await dispatching.retry(call.service, call.actor, task, fresh=body.fresh)


@ROUTES.post("/api/v1/tasks/{task}/choose")
async def choose(call: Call, task: str, body: Choice) -> TaskView:
    """Choose one of several attempts: its change is what is published, reviewed and merged."""
    return await dispatching.choose(call.service, call.actor, task, body.attempt)
