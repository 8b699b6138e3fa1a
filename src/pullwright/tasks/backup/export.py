"""What somebody may take along: one task with its whole log, or everything about one user."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import events, inputs
from pullwright.tasks.backup.archive import Drain, write_archive
from pullwright.tasks.notices.endpoints import view_endpoint
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.keys import view_key
from pullwright.tasks.people.users import named_user, view_user
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.audit import AuditFilter, list_audit
from pullwright.tasks.store.comments import comments_by, comments_of
from pullwright.tasks.store.effects import effects_of
from pullwright.tasks.store.keys import keys_of
from pullwright.tasks.store.memberships import roles_of
from pullwright.tasks.store.notices import list_endpoints
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.reviews import reviews_by, reviews_of
from pullwright.tasks.store.rows.work import Attempt
from pullwright.tasks.store.sign_ins import sign_ins_of
from pullwright.tasks.store.tasks import TaskFilter, get_task, list_tasks
from pullwright.tasks.store.turns import turns_of_task
from pullwright.tasks.store.usage import UsageFilter, sum_usage

PAGE = 500


def export_task(database: Database, blobs: Blobs, actor: Actor, task_id: str, path: Path) -> int:
    """Write a gzipped tar with the task's rows (`task.json`) and, for each attempt, its log (`attempts/N/log.jsonl`, as a session
    of the command line has it) and artifacts; how many bytes it has (blocking).

    Raises `NotFound`, also for a task that the actor may not see.
    """
    rows, attempts = database.run(_task, actor, task_id)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as scratch, write_archive(path, Path(scratch)) as drain:
        drain.put("task.json", msgspec.json.format(msgspec.json.encode(rows)))
        for attempt in attempts:
            folder = f"attempts/{attempt.number}"
            drain.put_lines(f"{folder}/log.jsonl", _lines(database, attempt.session))
            _put_artifacts(drain, blobs, f"sessions/{attempt.session}/artifacts/", f"{folder}/artifacts/")
    return path.stat().st_size


def export_user(database: Database, actor: Actor, name: str) -> bytes:
    """Everything about a user (id or name), as JSON (blocking): what they are here, what they asked for and said, what it cost,
    what the audit log has of them. Their own is anybody's to have, somebody else's an administrator's."""
    return msgspec.json.format(msgspec.json.encode(database.run(_user, actor, name)))


def _task(connection: Connection, actor: Actor, task_id: str) -> tuple[dict[str, Any], list[Attempt]]:
    task = get_task(connection, task_id)
    actor.require("task.read", task.project_id, f"task {task_id}")
    attempts = attempts_of(connection, task_id)
    audit(connection, actor, "task.export", task_id, task.project_id)
    return {
        "task": task,
        "attempts": attempts,
        "turns": turns_of_task(connection, task_id),
        "pull_request": find_pull_request(connection, task_id),
        "reviews": reviews_of(connection, task_id),
        "comments": comments_of(connection, task_id),
        "effects": effects_of(connection, task_id),
        "usage": sum_usage(connection, UsageFilter(task=task_id), "attempt", "model"),
    }, attempts


def _user(connection: Connection, actor: Actor, name: str) -> dict[str, Any]:
    user = named_user(connection, name)
    if user.id != actor.user_id or actor.scopes is not None:
        actor.require("user.write")
    tasks: list[Any] = []
    while page := list_tasks(connection, TaskFilter(users=(user.id,), before=tasks[-1].id if tasks else "", limit=PAGE)):
        tasks += page
    said = connection.execute(select(inputs).where(inputs.c.by == user.id).order_by(inputs.c.number)).mappings()
    audit(connection, actor, "user.export", user.id)
    return {
        "user": view_user(user),
        "roles": roles_of(connection, user.id),
        "keys": [view_key(key) for key in keys_of(connection, user.id)],
        "webhooks": [view_endpoint(endpoint) for endpoint in list_endpoints(connection, user.id)],
        "sign_ins": [
            {"created": row.created, "seen": row.seen, "address": row.address} for row in sign_ins_of(connection, user.id, 0.0)
        ],
        "tasks": tasks,
        "inputs": [{"session": row["session"], "created": row["created"], "input": _json(row["data"])} for row in said],
        "reviews": reviews_by(connection, user.id),
        "comments": comments_by(connection, user.id),
        "usage": sum_usage(connection, UsageFilter(user=user.id), "day", "project", "model"),
        "audit": list_audit(connection, AuditFilter(user=user.id, limit=1_000_000)),
    }


def _json(data: bytes) -> object:
    return msgspec.json.decode(data)


def _lines(database: Database, session: str) -> Iterator[bytes]:
    after = 0
    while page := database.run(_page, session, after):
        yield from page
        after += len(page)


def _page(connection: Connection, session: str, after: int) -> list[bytes]:
    statement = select(events.c.data).where(events.c.session == session, events.c.seq > after).order_by(events.c.seq).limit(PAGE)
    return list(connection.scalars(statement))


def _put_artifacts(drain: Drain, blobs: Blobs, prefix: str, folder: str) -> None:
    path = drain.scratch / "artifact"
    for name in blobs.names(prefix):
        with suppress(KeyError):
            blobs.fetch_file(name, path)
            drain.put_file(folder + name.removeprefix(prefix), path)
            path.unlink()
