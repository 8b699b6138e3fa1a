"""The queue as the rows have it: what waits and may go, what runs, who is there to run it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, func, or_, select

from pullwright.tasks.engine.plan import Limits, Load, Queue, Waiting
from pullwright.tasks.engine.turns import HELD
from pullwright.tasks.store.records import ProjectSettings
from pullwright.tasks.store.tables import projects, tasks, turns, workers

_OVER = ("finished", "cancelled")


def read_queue(connection: Connection, *, user_slots: int, spent: frozenset[tuple[str, str]], whole: bool = False) -> Queue:
    """What a plan is made from. Of each user's, project's and key's turns only as many as could go now, unless `whole`."""
    users: Counter[str] = Counter()
    running: Counter[str] = Counter()
    has: Counter[str] = Counter()
    held = select(turns.c.worker_id, turns.c.user_id, turns.c.project_id, func.count()).where(turns.c.state.in_(HELD))
    for worker, user, project, count in connection.execute(
        held.group_by(turns.c.worker_id, turns.c.user_id, turns.c.project_id)
    ).all():
        has[worker] += count
        users[user] += count
        running[project] += count
    live = connection.execute(select(workers.c.id, workers.c.slots).where(workers.c.state == "live", workers.c.slots > 0)).all()
    loads = [Load(worker=worker, slots=slots, has=has[worker]) for worker, slots in live]
    free = sum(max(0, load.slots - load.has) for load in loads)
    waiting = _waiting(connection, None if whole else free) if free or whole else []
    limits = Limits(
        user_slots=user_slots, project_slots=_project_slots(connection, {turn.project for turn in waiting}), spent=spent
    )
    return Queue(waiting=waiting, loads=loads, users=users, projects=running, limits=limits)


def _waiting(connection: Connection, most: int | None) -> list[Waiting]:
    """Queued turns, except those that an earlier turn of their attempt is before."""
    earlier = turns.alias("earlier")
    before = select(earlier.c.id).where(
        earlier.c.attempt_id == turns.c.attempt_id, earlier.c.number < turns.c.number, earlier.c.state.not_in(_OVER)
    )
    begun = turns.c.admitted.is_not(None)
    key = func.coalesce(tasks.c.key_id, "")
    rank = func.row_number().over(
        partition_by=(turns.c.user_id, turns.c.project_id, key),
        order_by=(begun.desc(), turns.c.priority.desc(), turns.c.queued, turns.c.id),
    )
    who = (turns.c.user_id, turns.c.project_id, key.label("key"))
    columns = (turns.c.id, *who, turns.c.priority, turns.c.queued, begun.label("begun"), rank.label("rank"))
    with_task = turns.outerjoin(tasks, tasks.c.id == turns.c.task_id)
    ranked = select(*columns).select_from(with_task).where(turns.c.state == "queued", ~before.exists()).subquery()
    found = select(ranked) if most is None else select(ranked).where(ranked.c.rank <= most)
    return [
        Waiting(turn=id_, user=user, project=project, key=key_id, priority=priority, queued=queued, begun=bool(was))
        for id_, user, project, key_id, priority, queued, was, _ in connection.execute(found).all()
    ]


def overdue(connection: Connection, now: float) -> list[str]:
    """Turns that nobody has begun and whose deadline has passed."""
    past = or_(turns.c.state == "queued", turns.c.state == "paused")
    return list(connection.execute(select(turns.c.id).where(past, turns.c.deadline < now, turns.c.tries == 0)).scalars())


def _project_slots(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(select(projects.c.id, projects.c.settings_json).where(projects.c.id.in_(sorted(ids))))
    return {project: msgspec.convert(settings or {}, ProjectSettings).slots for project, settings in rows.all()}
