"""Pull requests: at most one a task, since the task is the primary key."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.results import PullRequest, PullState
from pullwright.tasks.store.tables import pull_requests

ROWS = Rows(pull_requests, PullRequest)


def claim_pull_request(connection: Connection, pull: PullRequest) -> PullRequest:
    """The task's pull request: this one, or the one that was there before."""
    ROWS.add_new(connection, pull)
    found = ROWS.find(connection, pull_requests.c.task_id == pull.task_id)
    assert found is not None
    return found


def find_pull_request(connection: Connection, task_id: str) -> PullRequest | None:
    """A task's."""
    return ROWS.find(connection, pull_requests.c.task_id == task_id)


def pull_requests_of(connection: Connection, *task_ids: str) -> list[PullRequest]:
    """Those of tasks."""
    return ROWS.all(connection, pull_requests.c.task_id.in_(task_ids), order=pull_requests.c.task_id)


def find_pull_request_by_number(connection: Connection, project_id: str, number: int) -> PullRequest | None:
    """By the forge's number in a project."""
    return ROWS.find(connection, pull_requests.c.project_id == project_id, pull_requests.c.number == number)


def find_pull_request_by_branch(connection: Connection, project_id: str, branch: str) -> PullRequest | None:
    """By its head branch in a project."""
    return ROWS.find(connection, pull_requests.c.project_id == project_id, pull_requests.c.branch == branch)


def list_pull_requests(connection: Connection, states: Collection[PullState]) -> list[PullRequest]:
    """Those in one of the states, the one that changed longest ago first."""
    return ROWS.all(connection, pull_requests.c.state.in_(states), order=pull_requests.c.changed)


def change_pull_request(connection: Connection, task_id: str, now: float, **values: object) -> bool:
    """Set fields; False: the task has none."""
    return ROWS.change(connection, pull_requests.c.task_id == task_id, changed=now, **values) == 1


def move_pull_request(
    connection: Connection, task_id: str, before: Collection[PullState], after: PullState, now: float, **values: object
) -> bool:
    """From one of the states `before` to `after`; False: it was in another state."""
    where = (pull_requests.c.task_id == task_id, pull_requests.c.state.in_(before))
    return ROWS.change(connection, *where, state=after, changed=now, **values) == 1
