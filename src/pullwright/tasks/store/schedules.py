"""Tasks that are dispatched by the clock."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.work import Schedule
from pullwright.tasks.store.tables import schedules

ROWS = Rows(schedules, Schedule)


def add_schedule(connection: Connection, schedule: Schedule) -> None:
    """Its id is new."""
    ROWS.add(connection, schedule)


def get_schedule(connection: Connection, schedule_id: str) -> Schedule:
    """By id. Raises `NotFound`."""
    schedule = ROWS.find(connection, schedules.c.id == schedule_id)
    if schedule is None:
        raise NotFound(f"there is no schedule {schedule_id}")
    return schedule


def schedules_of(connection: Connection, project_id: str) -> list[Schedule]:
    """A project's schedules, by name."""
    return ROWS.all(connection, schedules.c.project_id == project_id, order=(schedules.c.name, schedules.c.id))


def due_schedules(connection: Connection, now: float) -> list[Schedule]:
    """Those whose time has come, the oldest first."""
    return ROWS.all(connection, schedules.c.enabled.is_(True), schedules.c.next <= now, order=schedules.c.next)


def move_schedule(connection: Connection, schedule: Schedule, next_: float, now: float) -> bool:
    """On to its next time; False: somebody else has moved it, and dispatches its task."""
    where = (schedules.c.id == schedule.id, schedules.c.next == schedule.next)
    return ROWS.change(connection, *where, next=next_, last=now) == 1


def change_schedule(connection: Connection, schedule_id: str, **values: object) -> bool:
    """Set fields; False: there is none."""
    return ROWS.change(connection, schedules.c.id == schedule_id, **values) == 1


def remove_schedule(connection: Connection, schedule_id: str) -> bool:
    """False: there is none."""
    return ROWS.remove(connection, schedules.c.id == schedule_id) == 1
