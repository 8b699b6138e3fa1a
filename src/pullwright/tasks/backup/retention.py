"""What is older than it needs to be is let go: of tasks that are closed, and of records of what happened.

    outputs    of a closed task: what its commands and tools printed, whole and in part, and shipped checkpoints. It can still be
               read, with its diff, report and costs, but no longer be gone on with
    tasks      closed tasks as a whole, with their logs. Usage and audit keep what they cost and who did what
    responses  and conversations of the API, counted from when they were made, or last added to
    audit, deliveries (what forges sent, what webhooks were told), and what has expired (sign-ins, links, workers that are gone)

A task that waits for anybody, or runs, is never touched.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event

import msgspec
from sqlalchemy import Connection, delete, exists, select

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import answers, events, inputs, log_heads
from pullwright.tasks.backup.outputs import strip_outputs
from pullwright.tasks.store.audit import forget_audit
from pullwright.tasks.store.conversations import forget_conversations
from pullwright.tasks.store.deliveries import forget_deliveries
from pullwright.tasks.store.notices import forget_notices
from pullwright.tasks.store.records import ENDED, Retention
from pullwright.tasks.store.responses import forget_responses
from pullwright.tasks.store.settings import forget_settings, get_setting, put_setting
from pullwright.tasks.store.sign_ins import forget_sign_ins
from pullwright.tasks.store.tables import attempts, effects, tasks, turns
from pullwright.tasks.store.turns import OPEN
from pullwright.tasks.store.workers import forget_workers

__all__ = ["LetGo", "Retention", "gone_sessions", "let_go"]

DAY = 86400.0
BATCH = 20
"""Tasks that are let go in one transaction, so that nobody waits long for one."""
CHANGES = "changes/"
"""Where the commits of changes are, among a session's artifacts."""
_DONE = "retention.outputs"


class LetGo(msgspec.Struct, frozen=True, kw_only=True):
    """What was let go. `sessions` are those of whole tasks: their folders on workers' machines may go too."""

    outputs: int = 0
    tasks: int = 0
    sessions: tuple[str, ...] = ()
    records: int = 0


def let_go(database: Database, blobs: Blobs, keep: Retention, now: float | None = None, *, halt: Event | None = None) -> LetGo:
    """Let go of what is older (blocking), until `halt` is set. Safe while the service runs; the next time goes on with it."""
    halt = halt or Event()
    now = time.time() if now is None else now
    sessions: list[str] = []
    count = 0
    if keep.tasks is not None:
        before = now - keep.tasks * DAY
        while not halt.is_set() and (batch := database.run(_closed_tasks, 0.0, before, BATCH)):
            gone = database.run(_remove_tasks, batch)
            for session in gone:
                blobs.remove_all(f"sessions/{session}/")
            sessions += gone
            count += len(batch)
    outputs = _let_outputs_go(database, blobs, now - keep.outputs * DAY, halt) if keep.outputs is not None else 0
    records = database.run(_forget_records, keep, now)
    return LetGo(outputs=outputs, tasks=count, sessions=tuple(sessions), records=records)


def gone_sessions(connection: Connection, names: Sequence[str]) -> list[str]:
    """Of these sessions those that no attempt has any more: a worker's machine asks before it removes their folders."""
    known = set(connection.scalars(select(attempts.c.session).where(attempts.c.session.in_(names))))
    return [name for name in names if name not in known]


def _closed_tasks(connection: Connection, after: float, before: float, limit: int | None = None) -> list[str]:
    """Tasks that were closed after `after` and no later than `before`, with nothing of them going on; the oldest first."""
    goes_on = exists().where(turns.c.task_id == tasks.c.id, turns.c.state.in_(OPEN))
    where = (tasks.c.state.in_(ENDED), tasks.c.closed > after, tasks.c.closed <= before, ~goes_on)
    return list(connection.scalars(select(tasks.c.id).where(*where).order_by(tasks.c.closed, tasks.c.id).limit(limit)))


def _sessions(connection: Connection, ids: Sequence[str]) -> list[str]:
    return list(connection.scalars(select(attempts.c.session).where(attempts.c.task_id.in_(ids)).order_by(attempts.c.session)))


def _remove_tasks(connection: Connection, ids: Sequence[str]) -> list[str]:
    sessions = _sessions(connection, ids)
    for table in (events, log_heads, inputs, answers):
        connection.execute(delete(table).where(table.c.session.in_(sessions)))
    connection.execute(delete(effects).where(effects.c.task_id.in_(ids)))
    connection.execute(delete(tasks).where(tasks.c.id.in_(ids)))
    return sessions


def _let_outputs_go(database: Database, blobs: Blobs, before: float, halt: Event) -> int:
    """How many sessions' outputs went. Until when tasks are done with is noted in the end; doing it twice does no harm."""
    count = 0
    for task in database.run(_closed_tasks, float(database.run(get_setting, _DONE) or 0.0), before):
        if halt.is_set():
            return count
        for session in database.run(_sessions, [task]):
            needed = database.run(strip_outputs, session)
            _remove_blobs(blobs, f"sessions/{session}/", needed)
            count += 1
    database.run(put_setting, _DONE, before)
    return count


def _remove_blobs(blobs: Blobs, prefix: str, needed: set[str]) -> None:
    """All but the artifacts that are needed, and the commits of changes: they are the work itself."""
    for name in blobs.names(prefix):
        artifact = name.removeprefix(f"{prefix}artifacts/")
        if artifact not in needed and not artifact.startswith(CHANGES):
            blobs.remove(name)


def _forget_records(connection: Connection, keep: Retention, now: float) -> int:
    count = forget_sign_ins(connection, now) + forget_settings(connection, "link:", now)
    count += forget_workers(connection, now - keep.workers * DAY)
    if keep.audit is not None:
        count += forget_audit(connection, now - keep.audit * DAY)
    if keep.deliveries is not None:
        before = now - keep.deliveries * DAY
        count += forget_deliveries(connection, before) + forget_notices(connection, before)
    if keep.responses is not None:
        before = now - keep.responses * DAY
        count += forget_responses(connection, before) + forget_conversations(connection, before)
    return count
