"""What running attempts do at the moment, by the ends of their logs: for lists, which cannot read whole logs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from pullwright.log.sql.reading import last_lines
from pullwright.tasks.store.tables import attempts, tasks

END = 16
"""Events of each log that are looked at: a question stays within them, as little happens until it is answered."""
MOST = 100
"""Attempts that are looked at."""
LONGEST = 200


class Doing(msgspec.Struct, frozen=True):
    """What a task's running attempts do: the newest tool call's title, and what they ask a person (empty: nothing)."""

    title: str = ""
    asks: str = ""


class _Line(msgspec.Struct):
    """Of an event what is needed here."""

    type: str
    id: str = ""
    title: str = ""


_LINE = msgspec.json.Decoder(_Line)


def doing_of(connection: Connection, projects: Sequence[str] | None = None, ids: Sequence[str] | None = None) -> dict[str, Doing]:
    """By task: of all that run in `projects` (None: all), or only of `ids`. The first attempt that asks something counts."""
    where = [attempts.c.state == "running", tasks.c.state == "running"]
    where += [tasks.c.project_id.in_(projects)] if projects is not None else []
    where += [tasks.c.id.in_(ids)] if ids is not None else []
    statement = select(attempts.c.task_id, attempts.c.session).join(tasks, tasks.c.id == attempts.c.task_id).where(*where)
    found: dict[str, Doing] = {}
    for task_id, session in connection.execute(statement.order_by(attempts.c.id).limit(MOST)).all():
        if not found.get(task_id, Doing()).asks:
            doing = _doing(last_lines(connection, session, END))
            found[task_id] = doing if doing.asks or task_id not in found else found[task_id]
    return found


def asked_by(connection: Connection, session: str) -> str:
    """What the running attempt of that session asks a person; empty: nothing."""
    return _doing(last_lines(connection, session, END)).asks


def _doing(lines: Sequence[bytes]) -> Doing:
    """Of a log's last events, the newest first: back to where the turn before ended, since one that was broken off and taken up
    again does not ask anew."""
    answered: set[str] = set()
    begun = False
    title = asks = ""
    for line in lines:
        event = _LINE.decode(line)
        if event.type == "permission_answered":
            answered.add(event.id)
        elif event.type == "permission_asked" and event.id not in answered:
            asks = asks or event.title or "A question waits"
        elif event.type == "tool_started":
            title = title or event.title
        elif event.type == "turn_started":
            begun = True
        elif event.type == "turn_finished" and begun:
            break
    return Doing(shortened(title), shortened(asks))


def shortened(text: str) -> str:
    """A title's or question's first line, as a list has room for it."""
    first = text.strip().partition("\n")[0]
    return first if len(first) <= LONGEST else first[: LONGEST - 1] + "…"
