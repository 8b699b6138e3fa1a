"""Each route of the service that the command line uses, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from pullwright.cli.tasks.api import Api
from pullwright.cli.tasks.records import EventPage, Project, Remark, Task, TaskLine, TaskPage
from pullwright.protocol.inputs import Input
from pullwright.tasks.store.records import TaskOrder

PAGE = 200


def dispatch(api: Api, order: TaskOrder) -> Task:
    """A new task; that of an earlier order with the same key where there is one."""
    return api.post("/tasks", order, Task, key=order.dedup)


def list_tasks(api: Api, limit: int, **filters: object) -> list[TaskLine]:
    """Tasks, the newest first: at most `limit`."""
    found: list[TaskLine] = []
    before = ""
    while len(found) < limit:
        page = api.get("/tasks", TaskPage, limit=min(PAGE, limit - len(found)), before=before, **filters)
        found += page.tasks
        before = page.next
        if not before:
            break
    return found


def get_task(api: Api, task: str) -> Task:
    """One task with its attempts."""
    return api.get(f"/tasks/{quote(task, safe='')}", Task)


def act(api: Api, task: str, verb: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> Task:
    """cancel, pause, resume, retry, choose, send-back, approve."""
    return api.post(f"/tasks/{quote(task, safe='')}/{verb}", body or {}, Task, key=key)


def give(api: Api, attempt: str, given: Input) -> bytes:
    """Hand an input to an attempt; twice is once, by its id. Who it is by, the service knows."""
    body: dict[str, Any] = msgspec.to_builtins(given)
    body.pop("by", None)
    return api.raw("POST", f"/attempts/{attempt}/inputs", body=body, key=str(body.pop("id")))


def comment(api: Api, attempt: str, remark: Remark) -> bytes:
    """A remark, to be sent with the next verdict."""
    return api.raw("POST", f"/attempts/{attempt}/comments", body=remark)


def events(api: Api, attempt: str, after: int = 0) -> Iterator[bytes]:
    """Every event of the attempt's log so far, each a line of JSON."""
    while True:
        page = api.get(f"/attempts/{attempt}/events", EventPage, after=after or None, limit=1000)
        yield from (bytes(event) for event in page.events)
        if not page.events:
            return
        after = page.last


def diff(api: Api, attempt: str) -> bytes:
    """The attempt's change as a patch."""
    return api.raw("GET", f"/attempts/{attempt}/diff")


def report(api: Api, attempt: str) -> bytes:
    """The report of its last turn, as Markdown."""
    return api.raw("GET", f"/attempts/{attempt}/report")


def artifact(api: Api, attempt: str, name: str) -> bytes:
    """One of its session's artifacts."""
    return api.raw("GET", f"/attempts/{attempt}/artifacts/{quote(name)}")


def projects(api: Api) -> list[Project]:
    """The projects that one may see."""
    return api.get("/projects", list[Project])


def get_project(api: Api, project: str) -> dict[str, Any]:
    """One project, whole."""
    return api.get(f"/projects/{quote(project, safe='')}", dict[str, Any])


def add_project(api: Api, body: Mapping[str, Any]) -> Project:
    """A new project."""
    return api.post("/projects", body, Project)
